import { embeddedRouter } from '../../../src/routers/embedded/driver.ts';
import { homeAt } from '../../../src/system/home.ts';
import { createLogger } from '../../../src/system/log.ts';
import { eventually, routing } from '../../../test/routers/support.ts';
import { end, PROXY_CORE, pinned, script } from '../pinned.ts';
import { twoPorts } from './ports.ts';
import type { Peer, RunningProxy, Setting } from './proxy.ts';

/**
 * The router as users run it on one core: a process with one worker, two environments, a canary at 25 %, limits and
 * telemetry on. What the parent of the worker costs is counted as well.
 */
export const teal: Peer = {
  name: 'Teal',
  missing: () => null,
  start: (setting) => start('Teal', setting, {}),
};

/** Its other transport, which serves what is unusual. */
export const tealByNode: Peer = {
  name: "Teal, node's own server",
  missing: () => null,
  start: (setting) => start("Teal, node's own server", setting, { TEAL_TEST_FAST_PATH: 'off' }),
};

/** What Teal is told in every benchmark, in the clear and by TLS. */
export function routings(setting: Setting, port: number, securePort: number) {
  const at = [{ host: '127.0.0.1', port: setting.instance }];
  const canary = {
    candidate: 'green',
    split: { blue: 7_500, green: 2_500 },
    releases: { blue: 'r1', green: 'r2' },
    epoch: 'shop-1/1',
    endpoints: { blue: at, green: at },
    health: { blue: null, green: null },
  } as const;
  const secure = { address: '127.0.0.1', port: securePort, host: null, path: '/' };
  const certificates = [{ cert: setting.cert, key: setting.key }];
  return [
    routing(port, [], canary),
    { ...routing(port, [], canary), service: 'safe', listen: { ...secure, tls: { certificates } } },
  ];
}

async function start(name: string, setting: Setting, extra: NodeJS.ProcessEnv): Promise<RunningProxy> {
  const home = homeAt(setting.folder);
  const own = { TEAL_HOME: home.root, TEAL_LOG_LEVEL: 'warn', TEAL_TEST_WORKERS: '1' };
  const env = { ...process.env, ...own, ...extra };
  const launcher = new URL('../../../test/routers/support/launch-router.ts', import.meta.url);
  const child = pinned(PROXY_CORE, process.execPath, script(launcher), env, ['ignore', 'ignore', 'inherit']);
  const router = embeddedRouter({ home, log: createLogger('bench', 'silent') });
  const beats = () =>
    router.heartbeat().then(
      () => true,
      () => false,
    );
  await eventually('the router starts', beats);
  const [port, securePort] = await twoPorts();
  for (const table of routings(setting, port, securePort)) await router.apply(table);
  return {
    name,
    port,
    securePort,
    pid: child.pid!,
    async stop() {
      await router.close();
      await end(child, 'SIGKILL');
    },
  };
}
