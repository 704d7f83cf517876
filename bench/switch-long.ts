/**
 * Switches of all traffic under load through several workers: keep-alive, streaming, tunnel and HTTP/2 clients. What must hold:
 * no request fails, none begins on the old environment once the switch is acknowledged, and every worker obeys within 10 ms at
 * p99, by the router's own clock: what instances see besides waits for this very process, which is all clients and instances
 * at once. `node bench/switch-long.ts [requests] [switches] [workers]`.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
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
import { makeCertificate } from '../test/support/make-certificate.ts';
import { must, quantileOf, report } from './support/report.ts';

const numbers = process.argv.slice(2).map(Number).filter(Number.isInteger);
const [requests = 1_000_000, switches = 100, workers = 4] = numbers;
const PLAIN = 24;
const STREAMS = 4;
const TUNNELS = 4;
/** Connections of HTTP/2, and requests at a time on each. */
const SESSIONS = 2;
const EACH = 4;

const running = await runningRouter(workers);
const [blue, green, port, securePort] = await Promise.all([
  backend('blue'),
  backend('green'),
  freePort(),
  freePort(),
]);
const { cert, key } = makeCertificate(['localhost']);
const files = { cert: join(running.home.root, 'shop.pem'), key: join(running.home.root, 'shop.key') };
await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
const secure = {
  port: securePort,
  address: '127.0.0.1',
  host: null,
  path: '/',
  tls: { certificates: [files] },
};
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

/** Listens from the start: a whole answer may have come, and its stream be closed, before a promise is looked at. */
async function askHttp2(session: ClientHttp2Session): Promise<void> {
  const stream = session.request({ ':path': '/', 'x-user-id': `u${sent % 500}` });
  let status = 0;
  let body = '';
  stream.on('response', (headers) => {
    status = Number(headers[':status']);
  });
  stream.setEncoding('latin1').on('data', (text: string) => {
    body += text;
  });
  await once(stream, 'close');
  if (status !== 200 || body !== 'whole' || stream.rstCode !== 0)
    throw new Error(`HTTP/2: ${status} ${body}, code ${stream.rstCode}`);
}

/** The same instances behind both listeners; resolves when every new request of both obeys. */
const switchTo = async (weight: number): Promise<void> => {
  const change = { service: 'secure', listen: secure };
  await Promise.all([
    running.router.apply(canary(port, [blue], [green], weight)),
    running.router.apply(canary(securePort, [blue], [green], weight, change)),
  ]);
};

const sessions: ClientHttp2Session[] = [];
try {
  const agent = new Agent({ keepAlive: true });
  await switchTo(0);
  for (const service of ['shop', 'secure'])
    await eventually('both are healthy', async () => {
      const { healthy } = await running.observed(service);
      return healthy.blue === 1 && healthy.green === 1;
    });
  for (let index = 0; index < SESSIONS; index += 1) {
    const session = connectHttp2(`https://localhost:${securePort}`, { ca: cert });
    await once(session, 'connect');
    session.on('error', (error) => void failures.push(String(error)));
    sessions.push(session);
  }
  const untilOver = async (work: () => Promise<unknown>) => {
    while (!over) await attempt(work);
  };
  const clients = [
    ...Array.from({ length: PLAIN }, () => untilOver(() => askFor('', 'whole', agent))),
    ...Array.from({ length: STREAMS }, () => untilOver(() => askFor('stream', 'first,last', agent))),
    ...Array.from({ length: TUNNELS }, () => untilOver(tunnel)),
    ...sessions.flatMap((session) => Array.from({ length: EACH }, () => untilOver(() => askHttp2(session)))),
  ];
  const untilLast: number[] = [];
  let late = 0;
  for (let turn = 1; turn <= switches; turn += 1) {
    await eventually('traffic flows', () => sent >= (requests / (switches + 1)) * turn, 600_000);
    const old = turn % 2 === 1 ? blue : green;
    const began = performance.now();
    await switchTo(turn % 2 === 1 ? 10_000 : 0);
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
  const obeyedIn = [...running.log().matchAll(/"obeyedIn":([\d.]+)/g)].map(([, ms]) => Number(ms)).slice(2);
  const ms = (times: readonly number[], q: number) => quantileOf(times, q).toFixed(1);
  const quantiles = (times: readonly number[]) => [0.5, 0.99, 1].map((q) => ms(times, q));
  report(
    `${switches} switches through ${workers} workers, ms`,
    ['', 'median', 'p99', 'worst'],
    [
      ['until every worker obeyed', ...quantiles(obeyedIn)],
      ['until the last request began on the old environment', ...quantiles(untilLast)],
    ],
  );
  report(
    'Requests',
    ['sent', 'failed', 'seen by the old environment after the acknowledgement'],
    [[sent, failures.length, late]],
  );
  must(failures.length === 0, `failed: ${[...new Set(failures)].slice(0, 5).join('; ')}`);
  must(quantileOf(obeyedIn, 0.99) < 10, 'every worker obeys within 10 ms at p99');
} finally {
  for (const session of sessions) session.destroy();
  await running.close();
  await Promise.all([blue.close(), green.close()]);
}
