import { COLOURS, type Colour } from '../../../core/model.ts';
import type { Routing } from '../../../core/world.ts';
import type { EndpointState } from './endpoint.ts';
import { type Attach, createEnvironment, type Environment } from './environment.ts';
import { checkHealth } from './health-check.ts';

/** What is known of an endpoint: [its key, its health]. `new`: not asked yet. */
export type HealthReading = readonly [string, 'new' | 'up' | 'down'];

/** Checks the health of every endpoint once, for all workers. */
export interface HealthDesk {
  /** From now on exactly the endpoints of this routing are checked for its service. */
  want(routing: Routing): void;
  forget(service: string): void;
  readings(service: string): readonly HealthReading[];
  /** A worker could not reach it: nobody gets it until a probe has. */
  lost(service: string, key: string): void;
  close(): void;
}

interface Entry {
  readonly environments: Readonly<Record<Colour, Environment>>;
  readonly endpoints: Set<EndpointState>;
  /** What another desk knew, until the first routing has been taken up. */
  readonly before: Map<string, HealthReading[1]>;
}

/**
 * `onChange` is called after the health of an endpoint has changed, but not while `want` goes on. `known`: what another desk has
 * found out about a service, for the endpoints that are wanted of it first.
 */
export function createHealthDesk(
  onChange: (service: string) => void,
  known: (service: string) => readonly HealthReading[] = () => [],
): HealthDesk {
  const entries = new Map<string, Entry>();
  let wanting = false;

  const create = (service: string): Entry => {
    const endpoints = new Set<EndpointState>();
    const before = new Map(known(service));
    const attach: Attach = (endpoint, probe) => {
      endpoints.add(endpoint);
      const health = before.get(endpoint.key);
      if (health === 'up') endpoint.report('ok');
      if (health === 'down') endpoint.report('failed');
      const stop = checkHealth(endpoint, probe);
      return () => {
        endpoints.delete(endpoint);
        stop();
      };
    };
    const changed = () => {
      if (!wanting) onChange(service);
    };
    const environmentOf = (colour: Colour) => createEnvironment(colour, attach, changed);
    return {
      endpoints,
      before,
      environments: { blue: environmentOf('blue'), green: environmentOf('green') },
    };
  };

  const forget = (service: string) => {
    const entry = entries.get(service);
    entries.delete(service);
    wanting = true;
    for (const colour of COLOURS) entry?.environments[colour].close();
    wanting = false;
  };

  return {
    want({ service, releases, endpoints, health }) {
      const entry = entries.get(service) ?? create(service);
      entries.set(service, entry);
      wanting = true;
      for (const colour of COLOURS) {
        entry.environments[colour].update(releases[colour], endpoints[colour], health[colour]);
      }
      entry.before.clear();
      wanting = false;
    },
    forget,
    readings: (service) => [...(entries.get(service)?.endpoints ?? [])].map(readingOf),
    lost(service, key) {
      for (const endpoint of entries.get(service)?.endpoints ?? []) {
        if (endpoint.key === key) endpoint.report('refused');
      }
    },
    close() {
      for (const service of [...entries.keys()]) forget(service);
    },
  };
}

const readingOf = ({ key, health }: EndpointState): HealthReading => [
  key,
  health === 'healthy' ? 'up' : health === 'new' ? 'new' : 'down',
];
