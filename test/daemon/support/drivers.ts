/** Drivers in memory, for failures that the real ones cannot be made to have at the right moment. */
import type { Colour, Release } from '../../../src/core/model.ts';
import type { EnvironmentOrder, JobRunner, Platform, Router, TrafficBlock } from '../../../src/core/ports.ts';
import type { ObservedEnvironment, ObservedRouting, Routing } from '../../../src/core/world.ts';

export interface MemoryPlatform extends Platform {
  readonly running: Map<string, EnvironmentOrder>;
  /** What was asked of it, e.g. `apply blue` and `remove green`, in order. */
  readonly asked: string[];
  away: boolean;
}

/** Instances are ready as soon as they are asked for, at ports counted from 40000. */
export function memoryPlatform(): MemoryPlatform {
  const listeners = new Set<(service: string) => void>();
  const running = new Map<string, EnvironmentOrder>();
  const asked: string[] = [];
  const check = () => {
    if (platform.away) throw new Error('the platform is away');
  };
  const platform: MemoryPlatform = {
    name: 'memory',
    running,
    asked,
    away: false,
    async apply(order) {
      check();
      asked.push(`apply ${order.colour}`);
      running.set(`${order.service} ${order.colour}`, order);
      for (const listener of listeners) listener(order.service);
    },
    async observe(service, colour): Promise<ObservedEnvironment> {
      check();
      const order = running.get(`${service} ${colour}`);
      if (!order) return { colour, release: null, instances: [], problem: null };
      return { colour, release: order.release.id, problem: null, instances: instancesOf(order) };
    },
    async remove(service, colour) {
      check();
      asked.push(`remove ${colour}`);
      running.delete(`${service} ${colour}`);
      for (const listener of listeners) listener(service);
    },
    async *logs(_service, colour) {
      yield { colour, instance: `shop-${colour}-1`, text: `hello from ${colour}` };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => undefined,
  };
  return platform;
}

const instancesOf = ({ service, colour, instances }: EnvironmentOrder) =>
  Array.from({ length: instances }, (_, index) => ({
    id: `${service}-${colour}-${index + 1}`,
    endpoint: { host: '127.0.0.1', port: (colour === 'blue' ? 40_000 : 41_000) + index },
    state: 'ready' as const,
    pid: 1,
    startedAt: 1,
    restarts: 0,
    lastProbe: { at: 1, ok: true, detail: '200' },
    lastExit: null,
    logTail: [],
  }));

export interface MemoryRouter extends Router {
  /** Every routing that it took, in order. */
  readonly applied: Routing[];
  /** What it obeys, by service. A test may change it, as another hand would. */
  readonly table: Map<string, Routing>;
  readonly blocks: TrafficBlock[];
  acknowledged: number;
  away: boolean;
}

export function memoryRouter(): MemoryRouter {
  const check = () => {
    if (router.away) throw new Error('the router is away');
  };
  const router: MemoryRouter = {
    name: 'memory',
    capabilities: { weights: true, sticky: true },
    applied: [],
    table: new Map(),
    blocks: [],
    acknowledged: 0,
    away: false,
    async apply(routing) {
      check();
      router.applied.push(routing);
      router.table.set(routing.service, routing);
    },
    async remove(service) {
      check();
      router.table.delete(service);
    },
    async observe(service) {
      check();
      const routing = router.table.get(service);
      return routing ? readBack(routing) : null;
    },
    async traffic(since) {
      check();
      return router.blocks.filter(({ number }) => number > since);
    },
    async acknowledge(upTo) {
      check();
      router.acknowledged = upTo;
    },
    async heartbeat() {
      check();
    },
    async metrics() {
      check();
      const samples = [{ labels: { service: 'shop' }, value: 3, suffix: '_sum' }];
      return [{ name: 'teal_router_x_seconds', help: 'Said by the router.', type: 'histogram', samples }];
    },
    close: async () => undefined,
  };
  return router;
}

const readBack = ({ split, revision, endpoints }: Routing): ObservedRouting => ({
  split,
  revision,
  inFlight: { blue: 0, green: 0 },
  healthy: { blue: endpoints.blue.length, green: endpoints.green.length },
  previews: { blue: 'http://127.0.0.1:1', green: 'http://127.0.0.1:2' },
  url: 'http://127.0.0.1:8080',
  problem: null,
  fellBackAt: null,
});

/** Every job passes at once. */
export const passingRunner: JobRunner = {
  run: async ({ job }) => ({
    id: job.id,
    attempt: job.attempt,
    outcome: 'passed',
    startedAt: 1,
    endedAt: 2,
    summary: 'fine',
    evidence: '',
  }),
};

/** A block of one second in which `seen` clients came and `hurt` of them were hurt. */
export function block(
  number: number,
  at: number,
  environment: Colour,
  release: Release,
  rollout: string,
  clients: { readonly seen: number; readonly hurt: number },
): TrafficBlock {
  const { seen, hurt } = clients;
  return {
    number,
    at,
    length: 1_000,
    service: release.service,
    environment,
    release: release.id,
    epoch: `${rollout}/1/0`,
    clients: { seen, hurt, hurtInRollout: hurt },
    requests: {
      '1xx': 0,
      '2xx': seen - hurt,
      '3xx': 0,
      '4xx': 0,
      '5xx': hurt,
      unreachable: 0,
      'timed-out': 0,
      'cut-off': 0,
      gone: 0,
    },
    latency: [[100, seen]],
    bytesOut: 0,
    inFlight: 0,
  };
}
