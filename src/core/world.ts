/** What was just observed, and what is wanted: the two sides of `decide`. Plain data. */

import type { Actor, Colour, Job, JobResult, Split } from './model.ts';
import type { HttpSpec, InstanceProtocol } from './service/http-spec.ts';
import type { HeaderMatch, IdentifySpec, ListenSpec, ReadyProbe, SkewSpec } from './service/service-spec.ts';

/** Input of `decide`: everything outside the journal that matters for one service. */
export interface World {
  readonly environments: Readonly<Record<Colour, ObservedEnvironment>>;
  /** null: the router cannot be reached, or the service takes no HTTP traffic. */
  readonly routing: ObservedRouting | null;
  /** Results of jobs that the state does not know yet. */
  readonly jobs: readonly JobResult[];
  readonly evidence: Evidence | null;
  /** What people asked for and the state has not handled, oldest first. */
  readonly commands: readonly Command[];
}

export interface ObservedEnvironment {
  readonly colour: Colour;
  readonly release: string | null;
  readonly instances: readonly ObservedInstance[];
  /** Set when instances could not be started at all (spawn error, missing secret). */
  readonly problem: string | null;
}

export interface ObservedInstance {
  /** `<service>-<colour>-<n>` */
  readonly id: string;
  readonly endpoint: Endpoint | null;
  /** `failed`: given up on after its restarts. */
  readonly state: 'starting' | 'ready' | 'unready' | 'stopping' | 'backing-off' | 'failed';
  readonly pid: number | null;
  readonly startedAt: number | null;
  readonly restarts: number;
  readonly lastProbe: { readonly at: number; readonly ok: boolean; readonly detail: string } | null;
  readonly lastExit: {
    readonly at: number;
    readonly code: number | null;
    readonly signal: string | null;
  } | null;
  /** The last lines of its log, oldest first, at most 20; only where it is not ready. */
  readonly logTail: readonly string[];
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Read back from the router: the truth, not what was asked. */
export interface ObservedRouting {
  readonly split: Split | null;
  /** The `revision` of the {@link Routing} that every new request obeys now. */
  readonly revision: string;
  readonly inFlight: Readonly<Record<Colour, number>>;
  /** Per colour, endpoints that the router itself finds healthy. */
  readonly healthy: Readonly<Record<Colour, number>>;
  /** Loopback URLs that always reach one environment; for checks. */
  readonly previews: Readonly<Record<Colour, string | null>>;
  /** Where users reach the service, for display; null while it does not listen. */
  readonly url: string | null;
  /** Set when it cannot listen or the entry was refused. */
  readonly problem: string | null;
  /** What somebody should see to, though everything is served: a certificate that ends soon. Absent: nothing. */
  readonly warning?: string | null;
  /** Set when the router went to stable by itself because the daemon was away. */
  readonly fellBackAt: number | null;
}

/** What the judge says, as numbers and words. */
export interface Evidence {
  /** The rollout it is about; decide ignores it for any other. */
  readonly rollout: string;
  readonly metrics: readonly MetricVerdict[];
  /** Metrics of which nothing can be known for now, undecided with the reason. Nothing waits for them. Absent: none. */
  readonly silent?: readonly MetricVerdict[];
  /** Harm that the metrics prove together, whether or not one does alone; null: they do not. */
  readonly together: { readonly explanation: string } | null;
  /** In the bake: an alarm against history; null: none. */
  readonly alarm: HistoryAlarm | null;
  /** What the bake does not compare with the past, a sentence each with its reason; absent: nothing, or there is no bake. */
  readonly unjudged?: readonly string[];
  /** Why the comparison is not to be trusted: the clients do not follow the weights. null: they do, as far as known. */
  readonly doubt: { readonly explanation: string } | null;
  /**
   * Unix ms: all that happened before is in here. A share grows and a bake ends only once this has caught up with it, so
   * that a daemon that was away does not pass a step unseen.
   */
  readonly upTo: number;
  /** What the pace is reckoned from. */
  readonly pace: PaceEvidence;
  /** Distinct clients of the candidate that got 5xx, nothing, a timeout or a cut-off answer in this rollout. */
  readonly hurt: number;
}

/** What the candidate does is more than the service's past allows. */
export interface HistoryAlarm {
  readonly metric: string;
  /** Unix ms. */
  readonly at: number;
  readonly explanation: string;
  /** So few clients come that to compare again would take hours: it takes the candidate back by itself. Absent: it does not. */
  readonly direct?: true;
}

/** How bad the candidate can be, and how many come. */
export interface PaceEvidence {
  /** Upper bound of the share of its clients, 0-1, that the candidate hurts and stable would not have. */
  readonly upper: number;
  /** Clients of the service a second at their peak of the last 24 hours, as far as they were counted. */
  readonly clientsPerSecond: number;
  /** Since when they are counted, Unix ms; null: not yet. */
  readonly countedSince: number | null;
  /** Clients of the candidate so far, while stable had some, too. */
  readonly clients: number;
  /** Those since it has all of them; 0: it has not. */
  readonly alone: number;
}

export type Verdict = 'harm' | 'safe' | 'undecided';

export interface MetricVerdict {
  readonly metric: string;
  readonly verdict: Verdict;
  /** Natural E values (not logs), capped at 1e300. */
  readonly e: { readonly harm: number; readonly safe: number };
  /** Display interval of candidate rate over stable rate. */
  readonly ratio: readonly [number, number];
  readonly candidate: { readonly n: number; readonly bad: number };
  readonly stable: { readonly n: number; readonly bad: number };
  /** E_safe >= 1 > E_harm and at least 5 candidate clients. */
  readonly leaningSafe: boolean;
  /** One sentence with its numbers. */
  readonly explanation: string;
}

export type CommandVerb =
  | 'deploy'
  | 'rollback'
  | 'approve'
  | 'pause'
  | 'resume'
  | 'promote'
  | 'abort'
  | 'maintenance';

/** What a person asked for. Already authorised; `decide` accepts or refuses it, always with an event. */
export interface Command {
  readonly id: string;
  readonly verb: CommandVerb;
  readonly actor: Actor;
  readonly at: number;
  /** deploy: the release, already recorded; rollback: where to (absent: last good). */
  readonly release?: string;
  /** deploy: take a running rollout back first. */
  readonly replace?: boolean;
  /** deploy during a bake, rollback past a point of no return: the person said yes. */
  readonly yes?: boolean;
  /** deploy: this rollout's seed, drawn by the daemon. */
  readonly seed?: number;
  readonly message?: string;
  /** maintenance: what is wanted; absent: its end. */
  readonly maintenance?: {
    readonly message: string | null;
    /** How long at most, ms; null: until it is ended. */
    readonly for: number | null;
    /** See {@link DesiredMaintenance.hold}. */
    readonly hold: number;
  };
}

/** Output of `decide`: the whole wanted state. Level-triggered; drivers converge on it. */
export interface Desired {
  readonly environments: Readonly<Record<Colour, DesiredEnvironment | null>>;
  /** null: the service takes no HTTP traffic, or nothing was ever released. */
  readonly routing: DesiredRouting | null;
  /** Checks and hooks that should be running now; any other is to be stopped. */
  readonly jobs: readonly Job[];
  /** What the judge should be comparing now; null: nothing. */
  readonly judging: Judging | null;
}

/** null in {@link Desired.environments}: nothing should run there. */
export interface DesiredEnvironment {
  readonly release: string;
  readonly instances: number;
}

export interface DesiredRouting {
  /** Has weight by default: where everybody goes when the candidate has none. */
  readonly live: Colour;
  readonly candidate: Colour | null;
  readonly split: Split;
  /** `clients`: sticky by identity; `instances`: each request by ready instances. */
  readonly by: 'clients' | 'instances';
  readonly seed: number;
  /** `<rollout>/<step>`; the router appends its ten-minute slot. Empty: no rollout. */
  readonly epoch: string;
  readonly identify: IdentifySpec;
  readonly always: HeaderMatch | null;
  readonly listen: ListenSpec;
  /** Send everybody here after this long without a heartbeat; null: not in the middle of a canary. */
  readonly fallback: { readonly to: Colour; readonly after: number } | null;
  /** Why there is no service, shown with 503; null: there is. */
  readonly outage: string | null;
  readonly hold: number;
  readonly skew: DesiredSkew | null;
  readonly maintenance: DesiredMaintenance | null;
  /** Absent: the defaults. Its error page is a path within the release here, absolute in {@link Routing}. */
  readonly http?: HttpSpec | undefined;
}

export interface DesiredSkew extends SkewSpec {
  /** Environments that may answer clients of the other one: in service or warm, and not being taken back. */
  readonly standIns: readonly Colour[];
}

/** Nobody is served but previews and allow-listed clients. */
export interface DesiredMaintenance {
  /** For people; null: none was given. */
  readonly message: string | null;
  /** Unix ms: over by then; null: until it is ended. */
  readonly until: number | null;
  /** A request waits this long for the end before it is answered 503, ms. */
  readonly hold: number;
  /** Clients with this header are served all the same. */
  readonly allow: HeaderMatch | null;
}

/** What the daemon hands to a router: {@link DesiredRouting} plus what the platform observed. */
export interface Routing extends DesiredRouting {
  readonly service: string;
  /** Changes whenever anything else here does (a digest). */
  readonly revision: string;
  readonly releases: Readonly<Record<Colour, string | null>>;
  /** Endpoints of started instances, ready or not; the router's own health check decides who gets traffic. */
  readonly endpoints: Readonly<Record<Colour, readonly Endpoint[]>>;
  /** How the router probes endpoints; per colour, since releases may differ. */
  readonly health: Readonly<Record<Colour, HealthProbe | null>>;
  /** What instances speak; per colour, since releases may differ. Absent: HTTP/1.1. */
  readonly protocols?: Readonly<Record<Colour, InstanceProtocol>> | undefined;
  /** Secret of the preview header; never logged. */
  readonly previewSecret: string;
}

/** `command` probes are the platform's; to the router such an endpoint is healthy while the platform lists it. */
export interface HealthProbe {
  readonly probe: ReadyProbe;
  readonly every: number;
  readonly timeout: number;
}

export interface Judging {
  readonly rollout: string;
  readonly candidate: Colour;
  /** `concurrent`: candidate against stable; `history`: candidate alone at full traffic against the past. */
  readonly against: 'concurrent' | 'history';
}
