import { COLOURS } from '../../../core/model.ts';
import { REQUEST_OUTCOMES } from '../../../core/ports.ts';
import type { MetricFamily, MetricSample } from '../../../core/traffic/metric-family.ts';
import type { Service } from '../table/service.ts';
import { LATENCIES, type Total } from './totals.ts';

/** What a router measures of itself, apart from what it counts of requests. */
export interface ProcessReading {
  /** Clients' connections. */
  readonly connections: number;
  /** Connections that went from the fast path to node's own server. */
  readonly handedOver: number;
  /** ms. */
  readonly loopLag: number;
  readonly residentBytes: number;
}

/**
 * The router's metrics for Prometheus. As many series as services, environments and outcomes make: nothing that clients
 * send becomes a label.
 */
export function metricFamilies(
  services: readonly Pick<Service, 'name' | 'counts' | 'inFlight'>[],
  totals: readonly Total[],
  reading: ProcessReading,
): readonly MetricFamily[] {
  const ofService = (of: (counts: Service['counts']) => number) =>
    services.map(({ name, counts }) => ({ labels: { service: name }, value: of(counts) }));
  return [
    {
      name: 'teal_router_requests_total',
      help: 'Requests that have ended, by where they were served and how they ended; previews are not counted.',
      type: 'counter',
      samples: totals.flatMap(({ service, environment, requests }) =>
        REQUEST_OUTCOMES.map((outcome) => ({
          labels: { service, environment, outcome },
          value: requests[outcome],
        })),
      ),
    },
    {
      name: 'teal_router_request_duration_seconds',
      help: 'From the head of a request to the head of its answer, of clients that are evidence.',
      type: 'histogram',
      samples: totals.flatMap(durations),
    },
    {
      name: 'teal_router_response_bytes_total',
      help: 'Bytes of answers passed on.',
      type: 'counter',
      samples: totals.map(({ service, environment, bytesOut }) => ({
        labels: { service, environment },
        value: bytesOut,
      })),
    },
    {
      name: 'teal_router_requests_in_flight',
      help: 'Requests and tunnels in flight.',
      type: 'gauge',
      samples: services.flatMap(({ name, inFlight }) =>
        COLOURS.map((environment) => ({
          labels: { service: name, environment },
          value: inFlight(environment),
        })),
      ),
    },
    {
      name: 'teal_router_retries_total',
      help: 'Requests sent again, to another instance.',
      type: 'counter',
      samples: ofService(({ retries }) => retries),
    },
    {
      name: 'teal_router_stand_ins_total',
      help: 'Requests that another environment was asked for, since their own said 404.',
      type: 'counter',
      samples: ofService(({ standIns }) => standIns),
    },
    {
      name: 'teal_router_kept_out_total',
      help: 'Requests refused by maintenance.',
      type: 'counter',
      samples: ofService(({ keptOut }) => keptOut),
    },
    {
      name: 'teal_router_shed_total',
      help: 'Requests refused: crowded since instances were as busy as they may be, overload since the router was.',
      type: 'counter',
      samples: services.flatMap(({ name, counts }) => [
        { labels: { service: name, reason: 'crowded' }, value: counts.crowded },
        { labels: { service: name, reason: 'overload' }, value: counts.overloaded },
      ]),
    },
    single('teal_router_connections', "Clients' connections.", 'gauge', reading.connections),
    single(
      'teal_router_handed_over_total',
      "Connections that went from the fast path to node's own server.",
      'counter',
      reading.handedOver,
    ),
    single(
      'teal_router_loop_lag_seconds',
      'How late the router came to what was due, at worst in the last ten seconds.',
      'gauge',
      reading.loopLag / 1_000,
    ),
    single('teal_router_resident_memory_bytes', 'Memory of the router.', 'gauge', reading.residentBytes),
  ];
}

function durations({ service, environment, atMost, latencySum }: Total): MetricSample[] {
  const labels = { service, environment };
  const buckets = LATENCIES.map((limit, i) => ({
    labels: { ...labels, le: limit === Number.POSITIVE_INFINITY ? '+Inf' : String(limit) },
    value: atMost[i]!,
    suffix: '_bucket',
  }));
  return [
    ...buckets,
    { labels, value: latencySum, suffix: '_sum' },
    { labels, value: atMost.at(-1)!, suffix: '_count' },
  ];
}

const single = (name: string, help: string, type: MetricFamily['type'], value: number): MetricFamily => ({
  name,
  help,
  type,
  samples: [{ labels: {}, value }],
});
