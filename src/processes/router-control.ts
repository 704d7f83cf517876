import type { EmbeddedRouter } from '../routers/embedded/router.ts';
import type { CrewedRouter } from '../routers/embedded/workers/router.ts';
import type { LocalMethods } from '../system/local-rpc.ts';

/** What a router answers to `status`. */
export interface RouterStatus {
  readonly pid: number;
  /** Unix ms. */
  readonly startedAt: number;
  /** Of Teal. Absent: of one from before a router could hand over to the next. */
  readonly version?: string;
  readonly services: readonly string[];
  /** Process ids. */
  readonly workers: readonly number[];
}

export type RunningRouter = EmbeddedRouter | CrewedRouter;

/** The calls that a router answers on its control socket. */
export const methodsOf = (router: RunningRouter, version: string, startedAt: number): LocalMethods => ({
  apply: (routing: unknown) => router.apply(routing),
  remove: ({ service }: { service: string }) => router.remove(service),
  observe: ({ service }: { service: string }) => router.observe(service),
  traffic: ({ since }: { since: number }) => router.traffic(since),
  acknowledge: ({ upTo }: { upTo: number }) => router.acknowledge(upTo),
  heartbeat: () => router.heartbeat(),
  metrics: () => router.metrics(),
  status: (): RouterStatus => ({
    pid: process.pid,
    startedAt,
    version,
    services: router.services(),
    workers: 'workers' in router ? router.workers() : [],
  }),
});

/** Has another process answer a call. */
export type Forward = (method: string, input: unknown) => Promise<unknown>;

/** Calls that can be answered by another router once there is one. */
export interface Control {
  readonly methods: LocalMethods;
  /** Calls that ask for counts wait from now on: these are on their way to another router. */
  freeze(): void;
  /** Calls are answered again, by `forward` if there is one. */
  thaw(forward: Forward | null): void;
}

const COUNTS: ReadonlySet<string> = new Set(['traffic', 'acknowledge', 'metrics']);

export function createControl(own: LocalMethods): Control {
  let forward: Forward | null = null;
  let frozen: PromiseWithResolvers<void> | null = null;
  const answer = async (name: string, input: unknown): Promise<unknown> => {
    if (COUNTS.has(name)) await frozen?.promise;
    return forward === null ? own[name]!(input as never) : forward(name, input);
  };
  return {
    methods: Object.fromEntries(
      Object.keys(own).map((name) => [name, (input: unknown) => answer(name, input)]),
    ),
    freeze() {
      frozen = Promise.withResolvers();
    },
    thaw(to) {
      forward = to;
      frozen?.resolve();
      frozen = null;
    },
  };
}
