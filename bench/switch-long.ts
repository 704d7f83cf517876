/**
 * Switches of all traffic under load through several workers: keep-alive, streaming and tunnel clients. What must hold: no
 * request fails, and none begins on the old environment once the switch is acknowledged. `node bench/switch-long.ts [requests]
 * [switches] [workers]`.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ask,
  type Backend,
  backend,
  canary,
  eventually,
  freePort,
  runningRouter,
} from '../test/routers/support.ts';
import { must, quantileOf, report } from './support/report.ts';

const numbers = process.argv.slice(2).map(Number).filter(Number.isInteger);
const [requests = 1_000_000, switches = 100, workers = 4] = numbers;
const PLAIN = 24;
const STREAMS = 4;
const TUNNELS = 4;

const running = await runningRouter(workers);
const [blue, green, port] = await Promise.all([backend('blue'), backend('green'), freePort()]);
const url = `http://127.0.0.1:${port}/`;
const lastBegan = new Map<Backend, number>();
for (const one of [blue, green]) {
  one.handle = (req, res) => {
    lastBegan.set(one, performance.now());
    one.requests.length = 0;
    if (req.url !== '/stream') return void res.end('whole');
    res.write('first,');
    setTimeout(() => res.end('last'), 20);
  };
  one.server.on('upgrade', (_req, socket: Socket) => {
    lastBegan.set(one, performance.now());
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
}

let sent = 0;
let over = false;
const failures: string[] = [];
const attempt = async (work: () => Promise<unknown>) => {
  sent += 1;
  await work().catch((error: unknown) => void failures.push(String(error)));
};

async function askFor(path: string, wanted: string, agent: Agent): Promise<void> {
  const { status, body } = await ask(`${url}${path}`, { agent, headers: { 'x-user-id': `u${sent % 500}` } });
  if (status !== 200 || body !== wanted) throw new Error(`${status} ${body.slice(0, 80)}`);
}

/** A tunnel of its own, used a few times. */
async function tunnel(): Promise<void> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  const next = async () => String((await once(socket, 'data'))[0]);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: t\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  const head = await next();
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head.slice(0, 80));
  for (const text of ['one', 'two', 'three']) {
    const answer = next();
    socket.write(text);
    if ((await answer) !== text) throw new Error('the echo is another one');
    await delay(10);
  }
  socket.destroy();
}

try {
  const agent = new Agent({ keepAlive: true });
  await running.router.apply(canary(port, [blue], [green], 0));
  await eventually('both are healthy', async () => {
    const { healthy } = await running.observed('shop');
    return healthy.blue === 1 && healthy.green === 1;
  });
  const untilOver = async (work: () => Promise<unknown>) => {
    while (!over) await attempt(work);
  };
  const clients = [
    ...Array.from({ length: PLAIN }, () => untilOver(() => askFor('', 'whole', agent))),
    ...Array.from({ length: STREAMS }, () => untilOver(() => askFor('stream', 'first,last', agent))),
    ...Array.from({ length: TUNNELS }, () => untilOver(tunnel)),
  ];
  const untilLast: number[] = [];
  let late = 0;
  for (let turn = 1; turn <= switches; turn += 1) {
    await eventually('traffic flows', () => sent >= (requests / (switches + 1)) * turn, 600_000);
    const old = turn % 2 === 1 ? blue : green;
    const began = performance.now();
    await running.router.apply(canary(port, [blue], [green], turn % 2 === 1 ? 10_000 : 0));
    const obeyed = performance.now();
    await delay(50);
    const last = lastBegan.get(old) ?? 0;
    untilLast.push(Math.max(0, last - began));
    if (last > obeyed) late += 1;
  }
  await eventually('all are sent', () => sent >= requests, 600_000);
  over = true;
  await Promise.all(clients);
  agent.destroy();
  const ms = (q: number) => quantileOf(untilLast, q).toFixed(1);
  report(
    `${switches} switches through ${workers} workers, ms from the decision to the last new request on the old environment`,
    ['requests', 'failed', 'median', 'p99', 'worst', 'after the acknowledgement'],
    [[sent, failures.length, ms(0.5), ms(0.99), ms(1), late]],
  );
  must(failures.length === 0, `failed: ${[...new Set(failures)].slice(0, 5).join('; ')}`);
  must(
    quantileOf(untilLast, 0.99) < 10,
    'the last new request on the old environment comes within 10 ms at p99',
  );
} finally {
  await running.close();
  await Promise.all([blue.close(), green.close()]);
}
