/** Requests of many connections share what delivers them: nobody gets another one's answer, whoever leaves in the middle. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, freePort, type RunningRouter, routing, runningRouter } from '../support.ts';

const CLIENTS = 24;
const REQUESTS = 60;
/** As many connections as can come at once, and again. */
const LATER = 3;

let running: RunningRouter;
let port: number;
/** Answers with the path, in two parts where its number is odd, after one turn of the loop. */
const instance = createServer((req, res) => {
  const path = req.url!;
  setImmediate(() => {
    res.setHeader('content-length', path.length);
    res.write(path.slice(0, 2));
    if (Number(/\d+$/.exec(path)![0]) % 2 === 0) res.end(path.slice(2));
    else setImmediate(() => res.end(path.slice(2)));
  });
});

beforeEach(async () => {
  instance.listen(0, '127.0.0.1');
  await once(instance, 'listening');
  [running, port] = await Promise.all([runningRouter(), freePort()]);
  const at = [{ host: '127.0.0.1', port: (instance.address() as AddressInfo).port }];
  await running.router.apply(
    routing(port, [], { endpoints: { blue: at, green: [] }, health: { blue: null, green: null } }),
  );
});
afterEach(async () => {
  await running.close();
  instance.closeAllConnections();
  instance.close();
});

/** Asks for one path after the other and resolves with the bodies, or leaves before the answer to number `leaveAt` is whole. */
function client(name: string, leaveAt: number): Promise<string[]> {
  const bodies: string[] = [];
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let read = '';
    const say = () => socket.write(`GET /${name}/${bodies.length} HTTP/1.1\r\nHost: shop.test\r\n\r\n`);
    socket.on('error', reject);
    socket.on('close', () => resolve(bodies));
    socket.on('data', (chunk) => {
      read += chunk.toString('latin1');
      if (bodies.length === leaveAt) return void socket.destroy();
      const end = read.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      const length = Number(/content-length: (\d+)/i.exec(read)![1]);
      if (read.length < end + length) return;
      bodies.push(read.slice(end, end + length));
      read = read.slice(end + length);
      if (bodies.length === REQUESTS) socket.destroy();
      else say();
    });
    say();
  });
}

it('whoever leaves in the middle of an answer', async () => {
  for (let round = 0; round < LATER; round += 1) {
    const asked = Array.from({ length: CLIENTS }, async (_, n) => {
      const name = `${round}-${n}`;
      const leaveAt = n % 3 === 0 ? n : REQUESTS;
      const bodies = await client(name, leaveAt);
      expect(bodies).toEqual(Array.from({ length: leaveAt }, (_one, i) => `/${name}/${i}`));
    });
    await Promise.all(asked);
  }
  const left = async () => (await running.observed('shop')).inFlight;
  await eventually('nothing is in flight', async () => (await left()).blue === 0);
});
