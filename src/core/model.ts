/**
 * The vocabulary. Times are Unix milliseconds, durations milliseconds, weights basis points (0-10000).
 * Everything here is plain data that survives JSON.
 */
import type { ServiceSpec } from './service/service-spec.ts';

/** One of the two environments that every service has. */
export type Colour = 'blue' | 'green';
export const COLOURS: readonly Colour[] = ['blue', 'green'];
/** The other environment. */
export const other = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');

/** All traffic, in basis points. */
export const ALL = 10_000;

/** Shares of traffic in basis points; they add up to 10000. */
export type Split = Readonly<Record<Colour, number>>;

/** Immutable: what to run and its configuration, so that both roll back together. */
export interface Release {
  /** `YYYYMMDD-HHMMSS-<first 7 of the digest>`, unique in a service. */
  readonly id: string;
  readonly service: string;
  /** SHA-256 over the content and the spec, hex. */
  readonly digest: string;
  readonly createdAt: number;
  /** Folder with the release's own copy. */
  readonly path: string;
  readonly message: string | null;
  readonly spec: ServiceSpec;
}

/** A release as the journal remembers it. */
export interface ReleaseRecord extends Release {
  /** `good`: promoted and never rolled back. */
  readonly standing: 'new' | 'good' | 'bad';
  /** Set when it last became stable. */
  readonly promotedAt: number | null;
  /** Hooks run when it was rolled out whose effects are not undone: rolling back past it asks first. */
  readonly pointsOfNoReturn: readonly string[];
}

/** What one environment is for, as far as the journal knows. */
export interface EnvironmentState {
  readonly release: string | null;
  /**
   * `empty`: nothing; `candidate`: in a rollout; `stable`: holds the stable release; `warm`: held stable before,
   * ready to take traffic back; `draining`: being stopped.
   */
  readonly role: 'empty' | 'candidate' | 'stable' | 'warm' | 'draining';
  /** `warm`: stays so until; `draining`: is stopped with requests in flight or not at. Else null. */
  readonly until: number | null;
  /** Since when it has had no ready instance while it should have; null: it has. */
  readonly unhealthySince: number | null;
}

/** Everything Teal knows of one service: a fold over its events. */
export interface ServiceState {
  readonly service: string;
  /** Number of events folded. */
  readonly version: number;
  readonly releases: Readonly<Record<string, ReleaseRecord>>;
  readonly environments: Readonly<Record<Colour, EnvironmentState>>;
  /** The wanted split; null before any release has served. */
  readonly split: Split | null;
  readonly rollout: Rollout | null;
  readonly last: EndedRollout | null;
  /** What starts as soon as the running rollout has been taken back; null: nothing. */
  readonly queued: QueuedRollout | null;
  /** Jobs that belong to no running rollout (after-promote, after-rollback hooks), until they are done. */
  readonly afterwards: readonly Job[];
  /** Ids of commands already handled, newest last, bounded; makes commands idempotent. */
  readonly handled: readonly string[];
  /** Rollouts started so far; numbers them. */
  readonly rollouts: number;
  /** Users are kept out; null: they are not. Rollouts go on meanwhile. */
  readonly maintenance: Maintenance | null;
}

/** A person keeps users out of a service for a while. */
export interface Maintenance {
  readonly since: number;
  /** Ends by itself then; null: when a person says so. */
  readonly until: number | null;
  readonly by: Actor;
  readonly message: string | null;
  /** Requests wait this long for its end before they are refused, ms. */
  readonly hold: number;
}

/** An accepted command whose rollout waits for the running one to be taken back. */
export interface QueuedRollout {
  /** The command's id. */
  readonly command: string;
  readonly kind: RolloutKind;
  readonly release: string;
  readonly actor: Actor;
  readonly seed: number;
  readonly message: string | null;
}

export type RolloutKind = 'deploy' | 'rollback';
/** How a rollout ended. `rolled-back`: by a verdict, a check or a rollback command; `aborted`: by a person; `failed`: never ready, deadline. */
export type Outcome = 'promoted' | 'rolled-back' | 'failed' | 'aborted';

/** Carries a service from its stable release to a candidate. */
export interface Rollout {
  /** `<service>-<number>` */
  readonly id: string;
  readonly number: number;
  readonly kind: RolloutKind;
  readonly strategy: 'blue-green' | 'canary';
  /** null: the first deployment. */
  readonly stable: { readonly release: string; readonly environment: Colour } | null;
  readonly candidate: { readonly release: string; readonly environment: Colour };
  readonly steps: readonly StepState[];
  /** Index of the current step; steps.length when all are done. */
  readonly step: number;
  readonly startedAt: number;
  readonly startedBy: Actor;
  readonly message: string | null;
  /** Seed of the assignment, uint32, new for each rollout. */
  readonly seed: number;
  readonly pause: {
    readonly since: number;
    readonly until: number;
    readonly by: Actor;
    readonly reason: string;
  } | null;
  /** Set once taking back was decided; from then on only that goes on. */
  readonly takeBack: TakeBack | null;
  /** During the bake: how often an alarm sent half of the traffic back, and since when it is back. */
  readonly retreat: { readonly count: number; readonly since: number | null; readonly reason: string | null };
  /** The last alarm of the bake that was acted on. */
  readonly alarm: { readonly metric: string; readonly at: number; readonly explanation: string } | null;
  /** Why its evidence is not to be trusted, once that was found. */
  readonly doubt?: { readonly at: number; readonly explanation: string };
  /** Harm and safe verdicts recorded, the latest of each metric. */
  readonly verdicts: Readonly<Record<string, 'harm' | 'safe'>>;
  /** When the wanted split changed last in this rollout, Unix ms; null: it has not. */
  readonly splitAt: number | null;
  /** When all traffic was on the candidate and the finish gate had passed. */
  readonly outAt: number | null;
  /** Hooks already run whose effects are not undone. */
  readonly pointsOfNoReturn: readonly string[];
  /** Results of finished jobs by id: evidence of checks and hooks. */
  readonly results: Readonly<Record<string, JobResult>>;
  /** Why the last decision was taken, in words. */
  readonly reason: string | null;
  /** True once the router was seen to give the candidate a share. */
  readonly exposed: boolean;
}

/** A decision to move all traffic back to stable and stop the candidate. */
export interface TakeBack {
  readonly at: number;
  readonly outcome: Exclude<Outcome, 'promoted'>;
  readonly by: 'verdict' | 'check' | 'hook' | 'deadline' | 'health' | 'person' | 'gate' | 'replaced';
  readonly actor: Actor | null;
  readonly reason: string;
  /** Clients hurt as far as was known then. */
  readonly hurt: number;
  /** When the router had acknowledged that no new request reaches the candidate; null: not yet. */
  readonly acknowledgedAt: number | null;
}

export interface EndedRollout {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly release: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly hurt: number;
}

/** Who did something: a person or CI job, as `user@host` or a token's name; `teal` for the controller. */
export type Actor = string;

/** A plan: what a strategy means, step by step. */
export interface Plan {
  readonly strategy: 'blue-green' | 'canary';
  readonly steps: readonly Step[];
  /** How long the old environment stays warm after promotion, ms. */
  readonly keep: number;
}

/** `deadline` is ms from the step's start: not done by then, the candidate is taken back. */
export type Step =
  | { readonly kind: 'hook'; readonly hook: HookStepName; readonly deadline: number }
  | { readonly kind: 'prepare'; readonly deadline: number }
  | { readonly kind: 'verify'; readonly checks: readonly string[]; readonly deadline: number }
  | { readonly kind: 'approve'; readonly within: number; readonly otherwise: 'abort' | 'continue' }
  /** `deadline`: the router must have acknowledged by then. */
  | { readonly kind: 'shift'; readonly weight: number; readonly deadline: number }
  | { readonly kind: 'observe'; readonly weight: number; readonly dwell: number }
  | { readonly kind: 'bake'; readonly for: number; readonly checks: readonly string[] };
export type HookStepName = 'before-prepare' | 'before-shift' | 'after-shift';

/** A step and how far it is. */
export type StepState = Step & {
  readonly state: 'pending' | 'running' | 'done' | 'skipped';
  readonly startedAt: number | null;
  readonly endedAt: number | null;
};

/** Work outside the core: a check or a hook. Runs at least once; must be idempotent. */
export interface Job {
  /** Unique in a service: `<rollout id>/<step>/<name>`. */
  readonly id: string;
  readonly kind: 'check' | 'hook';
  readonly name: string;
  readonly release: string;
  readonly environment: Colour;
  /** First is 1. */
  readonly attempt: number;
  /** Unix ms; the runner kills the job then and reports failed. */
  readonly deadline: number;
}

export interface JobResult {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: 'passed' | 'failed';
  readonly startedAt: number;
  readonly endedAt: number;
  /** One sentence. */
  readonly summary: string;
  /** What a person needs in order to act: request, response, difference, output, figures. Bounded to 64 KiB. */
  readonly evidence: string;
}
