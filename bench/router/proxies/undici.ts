import { once } from 'node:events';
import { end, PROXY_CORE, pinned, script } from '../pinned.ts';
import type { Peer } from './proxy.ts';

/** What one writes in an hour: node:http in front, undici behind. */
export const undici: Peer = {
  name: 'node:http + undici',
  missing: () => null,
  async start({ instance }) {
    const launcher = new URL('./undici-proxy.ts', import.meta.url);
    const child = pinned(PROXY_CORE, process.execPath, [...script(launcher), String(instance)]);
    const [port] = (await once(child.stdout!, 'data')) as [Buffer];
    return {
      ...{ name: 'node:http + undici', port: Number(String(port)), securePort: null, pid: child.pid! },
      stop: () => end(child, 'SIGKILL'),
    };
  },
};
