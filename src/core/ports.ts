/**
 * What the core needs from the outside. A driver is a factory `(options) => port`, keeps its state in the closure,
 * is idempotent, and passes the contract suite of its kind.
 */
import type { Event } from './events.ts';
import type { Colour, Job, JobResult, Release, ServiceState } from './model.ts';
import type { MetricFamily } from './traffic/metric-family.ts';
import type { ObservedEnvironment, ObservedRouting, Routing } from './world.ts';

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}

/** Runs instances. */
export interface Platform {
  readonly name: string;
  /** Start converging on this; resolves when the work is under way, not when it is ready. Idempotent. */
  apply(environment: EnvironmentOrder): Promise<void>;
  observe(service: string, colour: Colour): Promise<ObservedEnvironment>;
  /** Stop what runs there: the stop signal, then SIGKILL after the spec's time. Idempotent; resolves when all are gone. */
  remove(service: string, colour: Colour): Promise<void>;
  /** Log lines of an environment's instances, oldest first; goes on until the signal aborts when `follow`. */
  logs(service: string, colour: Colour, options: LogOptions): AsyncIterable<LogLine>;
  /** Calls back when an instance changed state, so that the loop need not wait for its next tick. */
  onChange(listener: (service: string) => void): () => void;
  close(): Promise<void>;
}

export interface EnvironmentOrder {
  readonly service: string;
  readonly colour: Colour;
  readonly release: Release;
  readonly instances: number;
}

export interface LogOptions {
  readonly tail: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}
export interface LogLine {
  readonly colour: Colour;
  readonly instance: string;
  readonly text: string;
}

/** Moves traffic. */
export interface Router {
  readonly name: string;
  readonly capabilities: RouterCapabilities;
  /** Resolves only when every new request obeys it. */
  apply(routing: Routing): Promise<void>;
  /** Stops listening for a service. */
  remove(service: string): Promise<void>;
  /** The real state; null where the router does not know the service. Rejects when it cannot be reached. */
  observe(service: string): Promise<ObservedRouting | null>;
  /** Blocks with a number above `since`, oldest first. */
  traffic(since: number): Promise<readonly TrafficBlock[]>;
  /** Blocks up to this number may be forgotten. */
  acknowledge(upTo: number): Promise<void>;
  /** Says that the daemon is alive; see {@link Routing.fallback}. */
  heartbeat(): Promise<void>;
  /** What it measures of itself, for Prometheus. Rejects when it cannot be reached. */
  metrics(): Promise<readonly MetricFamily[]>;
  close(): Promise<void>;
}

export interface RouterCapabilities {
  /** Can give a share of clients. False: only blue-green. */
  readonly weights: boolean;
  /** A client keeps its environment. False: evidence is counted by request. */
  readonly sticky: boolean;
}

/** One second of one service in one environment. All counts are of this block alone. */
export interface TrafficBlock {
  /** Grows by one for each block of a router; never reused, not even after a restart. */
  readonly number: number;
  /** Unix ms of the block's start. */
  readonly at: number;
  /** Length in ms. */
  readonly length: number;
  readonly service: string;
  readonly environment: Colour;
  readonly release: string;
  /** `<rollout>/<step>/<slot>`; a client counts once per arm and epoch. */
  readonly epoch: string;
  readonly clients: {
    /** First request in this epoch. */
    readonly seen: number;
    /** First time hurt in this epoch. */
    readonly hurt: number;
    /** Of `hurt`, those whose first request of this epoch was in an earlier block. Absent: not known. */
    readonly hurtLate?: number;
    /** First time hurt in this rollout. */
    readonly hurtInRollout: number;
    /**
     * First request in this rollout since the candidate has a share, of either arm: pairs [candidate's weight at that
     * moment, clients]. Absent: the router does not give each client an arm of its own, or is too old to tell.
     */
    readonly arrived?: readonly (readonly [number, number])[];
  };
  /** Every request, also of preview and allow-listed clients' when `all`. */
  readonly requests: Readonly<Record<RequestOutcome, number>>;
  /** Completed requests by their time to the answer's head. */
  readonly latency: LatencyCounts;
  /**
   * The evidence of latency: one request of each client and minute, the first, of either environment, by the candidate's weight
   * when it came. Absent: none changed, or the router is too old to tell.
   */
  readonly firsts?: readonly FirstRequests[];
  readonly bytesOut: number;
  readonly inFlight: number;
}

/** Sparse pairs [bucket, count]; edges from `judge/histogram`: at most 6.25 % between one and the next. */
export type LatencyCounts = readonly (readonly [number, number])[];

/** What became of first requests since the last block. */
export interface FirstRequests {
  /** Basis points. 0: there was no candidate, or clients have no environment of their own. */
  readonly weight: number;
  /** Whose answer's head came, or that failed, by the time that it took. */
  readonly ended: LatencyCounts;
  /** Whose time says nothing but that it was at least so long: the client went away, or the answer is an event stream. */
  readonly left: LatencyCounts;
  /** Change of the number in flight by the time so far, so also negative; the sum over all blocks is what is in flight. */
  readonly inFlight: LatencyCounts;
}

/** How a request ended. `unreachable`, `timed-out`, `cut-off` and `5xx` hurt a client; `gone` (the client left) does not. */
export type RequestOutcome =
  | '1xx'
  | '2xx'
  | '3xx'
  | '4xx'
  | '5xx'
  | 'unreachable'
  | 'timed-out'
  | 'cut-off'
  | 'gone';
export const REQUEST_OUTCOMES: readonly RequestOutcome[] = [
  '1xx',
  '2xx',
  '3xx',
  '4xx',
  '5xx',
  'unreachable',
  'timed-out',
  'cut-off',
  'gone',
];

/** A count for each outcome, all 0: a new object each time, to be counted in. */
export const noRequests = (): Record<RequestOutcome, number> =>
  Object.fromEntries(REQUEST_OUTCOMES.map((outcome) => [outcome, 0])) as Record<RequestOutcome, number>;

/** Where a check or hook finds what it is to test. */
export interface JobTarget {
  readonly job: Job;
  readonly release: Release;
  /** Reaches the candidate's environment as a user's request would; null for a worker. */
  readonly url: string | null;
  /** Reaches stable the same way; null where there is none. */
  readonly stableUrl: string | null;
}

/** Runs checks and hooks. */
export interface JobRunner {
  /** Never rejects: a failure to run is a failed result. Stops, with its children, when the signal aborts. */
  run(target: JobTarget, signal: AbortSignal): Promise<JobResult>;
}

/** Bad and total of one arm since the last reading. */
export interface MetricReading {
  readonly metric: string;
  readonly environment: Colour;
  readonly bad: number;
  readonly total: number;
}

/** One metric from outside the router. */
export interface MetricSource {
  readonly metric: string;
  /** Both arms since `since` (Unix ms). Rejects with E_METRIC_... where the source has nothing to say. */
  read(since: number, signal: AbortSignal): Promise<readonly MetricReading[]>;
}

export interface StoredEvent {
  /** 1 for a service's first. */
  readonly version: number;
  /** Global, for the event stream. */
  readonly id: number;
  readonly service: string;
  /** The rollout that ran when it was written. */
  readonly rollout: string | null;
  readonly event: Event;
}

/** Counts of the release that was stable, for the minute that `at` (Unix ms) falls in; added to what is there. */
export interface HistoryCount {
  readonly metric: string;
  readonly at: number;
  readonly n: number;
  readonly bad: number;
}

/** Append-only memory. Synchronous, because a decision must be durable before it has effects. */
export interface Journal {
  services(): readonly string[];
  /** Fold of everything, from the newest snapshot on; the initial state for an unknown service. */
  load(service: string): ServiceState;
  /**
   * All or nothing. Throws E_JOURNAL_CONFLICT if the service is not at `expected`, E_JOURNAL_WRITE when the disk refuses.
   * Returns the new version.
   */
  append(service: string, expected: number, rollout: string | null, events: readonly Event[]): number;
  /** Events of one service (all when null) with a global id above `after`, oldest first. */
  read(service: string | null, after: number, limit: number): readonly StoredEvent[];
  readRollout(rollout: string): readonly StoredEvent[];
  /** Judge state and the number of the last block that it has seen, together with what that block adds to the past. `rollout` is '' outside of one. */
  saveEvidence(
    service: string,
    rollout: string,
    block: number,
    state: string,
    history?: readonly HistoryCount[],
  ): void;
  loadEvidence(service: string, rollout: string): { readonly block: number; readonly state: string } | null;
  /** What {@link Journal.saveEvidence} added up since `since` (Unix ms, to the minute): the past of a metric. */
  readHistory(service: string, metric: string, since: number): { readonly n: number; readonly bad: number };
  /** Global id of the newest event; 0: none. */
  head(): number;
  /** Bytes on disk. */
  size(): number;
  /** Calls back after each append. */
  onAppend(listener: (events: readonly StoredEvent[]) => void): () => void;
  close(): void;
}
