/**
 * Switches of all traffic under load through several workers: keep-alive, streaming, tunnel and HTTP/2 clients, in processes of
 * their own as instances are. What must hold: no request fails; none that a client begins after the switch was acknowledged is answered by
 * the environment before it (I4); and every worker obeys within 10 ms at p99. `node bench/switch-long.ts [requests] [switches] [workers] [pause]`;
 * `pause`: of each client between two requests, ms. Without one they ask for all that the machine can do, and everything waits for a core.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { monotonic } from '../test/routers/support/crowd.ts';
import { canary, eventually, freePort, runningRouter } from '../test/routers/support.ts';
import { makeCertificate } from '../test/support/make-certificate.ts';
import { must, quantileOf, report } from './support/report.ts';
import type { ClientsSeen, FromClients, ToClients, Turn } from './switch/messages.ts';

const numbers = process.argv.slice(2).map(Number).filter(Number.isInteger);
const [requests = 1_000_000, switches = 100, workers = 4, pause = 0] = numbers;
const CROWDS = 2;
/** In each of them. */
const KINDS = { plain: 12, streams: 2, tunnels: 2, http2: 4 };
/** After a switch, until the instance before it is asked when its last request came. */
const QUIET = 50;

const program = (name: string) => fileURLToPath(new URL(`./switch/${name}.ts`, import.meta.url));
const heard = async <T>(child: ChildProcess): Promise<T> => (await once(child, 'message'))[0] as T;

interface Instance {
  readonly child: ChildProcess;
  readonly port: number;
}

async function instance(name: string): Promise<Instance> {
  const child = fork(program('instance'), [name]);
  return { child, ...(await heard<{ readonly port: number }>(child)) };
}

async function lastOf({ child }: Instance): Promise<number> {
  child.send('last');
  return (await heard<{ readonly last: number }>(child)).last;
}

const running = await runningRouter(workers);
const [blue, green, port, securePort] = await Promise.all([
  instance('blue'),
  instance('green'),
  freePort(),
  freePort(),
]);
const crowds = Array.from({ length: CROWDS }, () => fork(program('clients')));
const sentBy = new Map<ChildProcess, number>();
const seenBy = new Map<ChildProcess, ClientsSeen>();
for (const one of crowds)
  one.on('message', (message: FromClients) => {
    if (message.kind === 'sent') sentBy.set(one, message.sent);
    else seenBy.set(one, message.seen);
  });
const sent = () => [...sentBy.values()].reduce((sum, count) => sum + count, 0);
const say = (message: ToClients) => {
  for (const one of crowds) one.send(message);
};

const { cert, key } = makeCertificate(['localhost']);
const files = { cert: join(running.home.root, 'shop.pem'), key: join(running.home.root, 'shop.key') };
await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
const tls = { certificates: [files] };
const secure = { port: securePort, address: '127.0.0.1', host: null, path: '/', tls };

const endpointOf = (one: Instance) => [{ host: '127.0.0.1', port: one.port }];
const endpoints = { blue: endpointOf(blue), green: endpointOf(green) };
// A busy machine must not make an instance sick: the clients of one without a healthy one are served by the other environment.
const patient = {
  probe: { kind: 'http', method: 'GET', path: '/healthz' },
  every: 3_600_000,
  timeout: 60_000,
} as const;
const health = { blue: patient, green: patient };

/** The same instances behind both listeners; resolves when every new request of both obeys. */
const switchTo = async (weight: number): Promise<void> => {
  const change = { endpoints, health };
  await Promise.all([
    running.router.apply(canary(port, [], [], weight, change)),
    running.router.apply(
      canary(securePort, [], [], weight, { ...change, service: 'secure', listen: secure }),
    ),
  ]);
};

try {
  await switchTo(0);
  for (const service of ['shop', 'secure'])
    await eventually('both are healthy', async () => {
      const { healthy } = await running.observed(service);
      return healthy.blue === 1 && healthy.green === 1;
    });
  const start = { port, securePort, ca: cert, pause, ...KINDS };
  const beginning = monotonic();
  say({ kind: 'start', start });
  const turns: Turn[] = [];
  const arrived: number[] = [];
  let current: { old: string; began: number; obeyed: number } | null = null;
  for (let turn = 1; turn <= switches; turn += 1) {
    await eventually('traffic flows', () => sent() >= (requests / (switches + 1)) * turn, 600_000);
    const toGreen = turn % 2 === 1;
    const began = monotonic();
    if (current !== null) turns.push({ ...current, next: began });
    await switchTo(toGreen ? 10_000 : 0);
    const obeyed = monotonic();
    current = { old: toGreen ? 'blue' : 'green', began, obeyed };
    await delay(QUIET);
    arrived.push(Math.max(0, (await lastOf(toGreen ? blue : green)) - began));
  }
  await eventually('all are sent', () => sent() >= requests, 600_000);
  turns.push({ ...current!, next: monotonic() });
  const took = (monotonic() - beginning) / 1_000;
  say({ kind: 'stop', turns });
  const seen = await eventually('all have told', () => seenBy.size === CROWDS && [...seenBy.values()]);
  const sum = (read: (one: ClientsSeen) => number) => seen.reduce((all, one) => all + read(one), 0);
  const untilLast = turns.map((_, index) => Math.max(...seen.map((one) => one.untilLast[index]!)));
  const failures = seen.flatMap((one) => one.failures);
  const obeyedIn = [...running.log().matchAll(/"obeyedIn":([\d.]+)/g)].map(([, ms]) => Number(ms)).slice(2);
  const quantiles = (times: readonly number[]) => [0.5, 0.99, 1].map((q) => quantileOf(times, q).toFixed(1));
  report(
    `${switches} switches of two services through ${workers} workers, ms`,
    ['', 'median', 'p99', 'worst'],
    [
      ['until every worker obeyed, by the router', ...quantiles(obeyedIn)],
      [
        'until the acknowledgement reached who switched',
        ...quantiles(turns.map((one) => one.obeyed - one.began)),
      ],
      [
        'until the last request began that the old environment answered, by the clients',
        ...quantiles(untilLast),
      ],
      ['until the last request came to the old environment, by its instance', ...quantiles(arrived)],
    ],
  );
  report(
    `Requests, ${Math.round(sum((one) => one.sent) / took)} a second`,
    ['sent', 'failed', 'begun after the acknowledgement and answered by the old environment'],
    [[sum((one) => one.sent), failures.length, sum((one) => one.late)]],
  );
  must(failures.length === 0, `failed: ${[...new Set(failures)].slice(0, 5).join('; ')}`);
  must(sum((one) => one.late) === 0, 'after the acknowledgement the old environment answers nobody');
  must(quantileOf(obeyedIn, 0.99) < 10, 'every worker obeys within 10 ms at p99');
} finally {
  for (const one of crowds) one.kill('SIGKILL');
  await running.close();
  for (const { child } of [blue, green]) child.disconnect();
}
