import { once } from 'node:events';
import { WORKER_FLAGS } from '../../../src/routers/embedded/workers/crew.ts';
import { end, PROXY_CORE, pinned, script } from '../pinned.ts';
import { twoPorts } from './ports.ts';
import type { Peer } from './proxy.ts';
import { routings } from './teal.ts';

const launcher = new URL('./launch-mute-router.ts', import.meta.url);

/** Teal's router that counts nothing: what it needs less is what telemetry costs. */
export const tealMute: Peer = {
  name: 'Teal, without telemetry',
  missing: () => null,
  async start(setting) {
    const [port, securePort] = await twoPorts();
    const tables = JSON.stringify(routings(setting, port, securePort));
    const child = pinned(PROXY_CORE, process.execPath, [...WORKER_FLAGS, ...script(launcher), tables]);
    await once(child.stdout!, 'data');
    return {
      name: 'Teal, without telemetry',
      port,
      securePort,
      pid: child.pid!,
      stop: () => end(child, 'SIGKILL'),
    };
  },
};
