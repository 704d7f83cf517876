/**
 * What a request through the router costs: CPU time of the proxy's process per request, keep-alive, beside nginx that adds
 * the same headers and beside the router without its fast path. Interleaved rounds, the proxies pinned to one core and
 * load and instance to another; ratios are paired by round. `node bench/router.ts [rounds] [ms a round]`. Linux only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedRouter } from '../src/routers/embedded/driver.ts';
import { homeAt } from '../src/system/home.ts';
import { createLogger } from '../src/system/log.ts';
import { eventually, freePort, routing } from '../test/routers/support.ts';
import { hasNginx, startNginx } from './support/nginx.ts';
import { cpuOf } from './support/process-cpu.ts';
import { must, quantileOf, report } from './support/report.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const ROUND_MS = Number(process.argv[3] ?? 2_000);
/** The compiler of JavaScript needs some ten thousand requests. */
const WARM_MS = 4_000;
const CONNECTIONS = 64;
const PROXY_CORE = 0;
const LOAD_CORE = 1;
const SIZES = [1_024, 102_400];

interface Proxy {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const pinned = (core: number, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess =>
  spawn('taskset', ['-c', String(core), process.execPath, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const folder = await mkdtemp(join(tmpdir(), 'teal-bench-router-'));
const backend = pinned(LOAD_CORE, [here('./support/fixed-backend.ts')]);
const proxies: Proxy[] = [];
try {
  const [chunk] = (await once(backend.stdout!, 'data')) as [Buffer];
  const instance = Number(chunk.toString());
  proxies.push(await teal('fast path', instance, true), await teal("node's own server", instance, false));
  if (hasNginx()) proxies.unshift(await nginx(instance));
  else console.log('nginx is missing: no ratios (apt-get install nginx)');
  const rows: (string | number)[][] = [];
  for (const size of SIZES) rows.push(...(await compare(size)));
  report(
    `CPU of a proxied request, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_MS} ms`,
    ['answer', 'proxy', 'requests', 'CPU us a request', "nginx's CPU over it", 'from', 'to'],
    rows,
  );
} finally {
  for (const proxy of proxies) await proxy.stop();
  backend.kill();
  await rm(folder, { recursive: true, force: true });
}

async function compare(size: number): Promise<(string | number)[][]> {
  const costs = new Map(proxies.map(({ name }) => [name, [] as number[]]));
  let wrong = 0;
  const served = new Map(proxies.map(({ name }) => [name, 0]));
  for (const proxy of proxies) await measure(proxy, size, WARM_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const proxy of proxies) {
      const result = await measure(proxy, size, ROUND_MS);
      wrong += result.wrong;
      served.set(proxy.name, served.get(proxy.name)! + result.right);
      costs.get(proxy.name)!.push(result.cost);
    }
  }
  must(wrong === 0, `${size} bytes: ${wrong} answers were wrong`);
  const base = costs.get('nginx');
  return proxies.map(({ name }) => {
    const own = costs.get(name)!;
    const ratios = base?.map((cost, round) => cost / own[round]!) ?? [];
    const ratio = (q: number) => (ratios.length === 0 ? '-' : quantileOf(ratios, q).toFixed(2));
    return [
      `${size / 1024} KB`,
      name,
      served.get(name)!,
      (quantileOf(own, 0.5) * 1000).toFixed(1),
      ratio(0.5),
      ratio(0),
      ratio(1),
    ];
  });
}

/** `cost`: CPU ms of the proxy for each right answer. */
async function measure(proxy: Proxy, size: number, ms: number) {
  const args = [proxy.port, `/${size}`, size, CONNECTIONS, ms].map(String);
  const before = cpuOf(proxy.pid);
  const load = pinned(LOAD_CORE, [here('./support/keep-alive-load.ts'), ...args]);
  let text = '';
  load.stdout!.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(load, 'close');
  const { right, wrong } = JSON.parse(text) as { right: number; wrong: number };
  return { right, wrong, cost: (cpuOf(proxy.pid) - before) / right };
}

async function nginx(instance: number): Promise<Proxy> {
  const port = await freePort();
  const { worker, stop } = await startNginx(join(folder, 'nginx'), port, instance, PROXY_CORE);
  return { name: 'nginx', port, pid: worker, stop };
}

/** The router as users run it: a process of its own, two environments, a canary at 25 %, telemetry on. */
async function teal(name: string, instance: number, fastPath: boolean): Promise<Proxy> {
  const home = homeAt(join(folder, fastPath ? 'fast' : 'node'));
  const env = {
    ...process.env,
    ...{ TEAL_HOME: home.root, TEAL_LOG_LEVEL: 'warn', TEAL_TEST_FAST_PATH: fastPath ? 'on' : 'off' },
  };
  const child = pinned(PROXY_CORE, [here('../test/routers/launch-router.ts')], env);
  const router = embeddedRouter({ home, log: createLogger('bench', 'silent') });
  await eventually('the router starts', () =>
    router.heartbeat().then(
      () => true,
      () => false,
    ),
  );
  const port = await freePort();
  const at = [{ host: '127.0.0.1', port: instance }];
  await router.apply(
    routing(port, [], {
      candidate: 'green',
      split: { blue: 7_500, green: 2_500 },
      releases: { blue: 'r1', green: 'r2' },
      epoch: 'shop-1/1',
      endpoints: { blue: at, green: at },
      health: { blue: null, green: null },
    }),
  );
  return {
    name,
    port,
    pid: child.pid!,
    async stop() {
      await router.close();
      child.kill('SIGKILL');
    },
  };
}
