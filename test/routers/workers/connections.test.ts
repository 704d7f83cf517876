/** How many connections one address may have is kept to over all workers, whichever they come to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import {
  type Backend,
  backend,
  eventually,
  freePort,
  killed,
  type RunningRouter,
  routing,
  runningRouter,
} from '../support.ts';

const WORKERS = 3;
const REQUEST = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

let running: RunningRouter;
let blue: Backend;
let port: number;
let open: Client[];

beforeEach(async () => {
  [running, blue, port] = await Promise.all([runningRouter(WORKERS), backend('blue'), freePort()]);
  open = [];
});
afterEach(async () => {
  for (const { socket } of open) socket.destroy();
  await running.close();
  await blue.close();
});

interface Client {
  readonly socket: Socket;
  /** Of the answer to its first request. */
  readonly status: number;
}

/** Clients of this machine, to whom the limit applies as to anybody. */
const admit = async (connections: number) => {
  const limits = { ...HTTP_DEFAULTS.limits, connections };
  await running.router.apply(
    routing(port, [blue], {
      listen: { port, address: '127.0.0.1', host: null, path: '/', trust: ['192.0.2.1'] },
      http: { ...HTTP_DEFAULTS, limits },
    }),
  );
};

/** Connects and asks for something; the connection stays open where it may. */
async function client(): Promise<Client> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.write(REQUEST);
  const [head] = (await once(socket, 'data')) as [string];
  const one = { socket, status: Number(head.slice(9, 12)) };
  if (one.status === 200) open.push(one);
  return one;
}

const admitted = (clients: readonly Client[]) => clients.filter(({ status }) => status === 200).length;

const many = (count: number) => Promise.all(Array.from({ length: count }, client));

const leave = (count: number) => {
  for (const { socket } of open.splice(0, count)) socket.destroy();
};

it.each([2, 10, 30])('a limit of %i: as many at once, no more, and as many again as leave', async (limit) => {
  await admit(limit);
  const first = await many(limit + 20);
  expect(admitted(first)).toBe(limit);
  expect(first.filter(({ status }) => status === 429)).toHaveLength(20);
  const few = Math.ceil(limit / 2);
  for (let round = 0; round < 3; round += 1) {
    leave(few);
    let again = 0;
    await eventually('as many come in again', async () => {
      if ((await client()).status === 200) again += 1;
      return again === few;
    });
    expect(admitted(await many(10))).toBe(0);
  }
  leave(limit);
  // After all have gone it begins anew.
  await eventually('all may come again', async () => {
    leave(open.length);
    return admitted(await many(limit + 5)) === limit;
  });
});

it('a worker that is killed takes its connections with it, and the one after it asks like the others', async () => {
  const limit = 10;
  await admit(limit);
  expect(admitted(await many(limit + 10))).toBe(limit);
  const [victim] = (await running.processes()).workers;
  const live = () => open.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length;
  await killed(victim!);
  await eventually('another one serves', async () => {
    const { workers } = await running.processes();
    return workers.length === WORKERS && !workers.includes(victim!);
  });
  await eventually('those that were lost come back', async () => {
    if (live() < limit) await client();
    return live() === limit;
  });
  expect(admitted(await many(20))).toBe(0);
});

it('an upgrade: old and new workers together keep to it', async () => {
  const limit = 12;
  await admit(limit);
  // More than may come, so that some worker has to ask: one whose connections are spread evenly may have as many again for a while.
  expect(admitted(await many(limit + 10))).toBe(limit);
  await running.upgrade();
  expect(admitted(await many(20))).toBe(0);
  leave(4);
  let again = 0;
  await eventually('as many come in again', async () => {
    if ((await client()).status === 200) again += 1;
    return again === 4;
  });
  expect(admitted(await many(20))).toBe(0);
});
