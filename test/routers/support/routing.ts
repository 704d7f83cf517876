import type { Routing } from '../../../src/core/world.ts';
import type { Backend } from './backend.ts';

let revisions = 0;

/** A routing of service `shop`: blue is live and has all traffic, no candidate. */
export function routing(port: number, blue: readonly Backend[], change: Partial<Routing> = {}): Routing {
  revisions += 1;
  const health = {
    probe: { kind: 'http', method: 'GET', path: '/healthz' },
    every: 200,
    timeout: 1000,
  } as const;
  return {
    service: 'shop',
    revision: `revision-${revisions}`,
    live: 'blue',
    candidate: null,
    split: { blue: 10_000, green: 0 },
    by: 'clients',
    seed: 7,
    epoch: '',
    identify: { kind: 'header', name: 'x-user-id' },
    always: null,
    listen: { port, address: '127.0.0.1', host: null, path: '/' },
    fallback: null,
    outage: null,
    hold: 2_000,
    skew: null,
    maintenance: null,
    releases: { blue: 'r1', green: null },
    endpoints: { blue: endpointsOf(blue), green: [] },
    health: { blue: health, green: health },
    previewSecret: 'open-sesame',
    ...change,
  };
}

export const endpointsOf = (backends: readonly Backend[]) =>
  backends.map(({ port }) => ({ host: '127.0.0.1', port }));

/** As {@link routing}, with a candidate in green that has `weight` basis points. */
export function canary(
  port: number,
  blue: readonly Backend[],
  green: readonly Backend[],
  weight: number,
  change: Partial<Routing> = {},
): Routing {
  return routing(port, blue, {
    candidate: 'green',
    split: { blue: 10_000 - weight, green: weight },
    epoch: 'shop-1/1',
    releases: { blue: 'r1', green: 'r2' },
    endpoints: { blue: endpointsOf(blue), green: endpointsOf(green) },
    ...change,
  });
}
