import type { Router, TrafficBlock } from '../../core/ports.ts';
import type { MetricFamily } from '../../core/traffic/metric-family.ts';
import type { ObservedRouting } from '../../core/world.ts';
import type { Home } from '../../system/home.ts';
import { localClient } from '../../system/local-rpc.ts';
import type { Logger } from '../../system/log.ts';

export interface EmbeddedRouterOptions {
  readonly home: Home;
  readonly log: Logger;
}

/**
 * The router that comes with Teal: a process of its own (`teal router`), reached by its Unix socket. Every call rejects
 * with E_UNREACHABLE while that process is away.
 */
export function embeddedRouter({ home, log }: EmbeddedRouterOptions): Router {
  const client = localClient(home.routerSocket, 'the router');
  return {
    name: 'embedded',
    capabilities: { weights: true, sticky: true },
    async apply(routing) {
      await client.call('apply', routing);
      log.debug({ service: routing.service, revision: routing.revision }, 'the router obeys');
    },
    async remove(service) {
      await client.call('remove', { service });
    },
    observe: (service) => client.call<ObservedRouting | null>('observe', { service }),
    traffic: (since) => client.call<readonly TrafficBlock[]>('traffic', { since }),
    async acknowledge(upTo) {
      await client.call('acknowledge', { upTo });
    },
    async heartbeat() {
      await client.call('heartbeat');
    },
    metrics: () => client.call<readonly MetricFamily[]>('metrics'),
    async close() {
      client.close();
    },
  };
}
