import type { Counts } from '../input.ts';
import type { RateBlock, RateVerdict } from '../rates/rate-types.ts';
import type { ExcessState } from './harm-budget.ts';
import type { PaceOptions } from './options.ts';
import type { PeakRate } from './peak-rate.ts';

/** What the pacer remembers, well under 1 KB. Plain data that survives JSON. */
export interface PaceState {
  /** Unix ms of the last thing that was told. */
  readonly at: number;
  readonly excess: ExcessState;
  readonly traffic: PeakRate;
  /** All clients of candidate so far. */
  readonly candidate: Counts;
  /** Candidate's weight as the router has confirmed it, basis points, and since when. */
  readonly weight: number;
  readonly weightSince: number;
}

/** What the judge says of one metric. */
export type PaceEvidence = Pick<RateVerdict, 'verdict' | 'e' | 'leaningSafe'>;

/** Why a rollout may finish. `not observed`: fewer than 5 clients of candidate came in the longest wait. */
export type PaceFinding = 'safe' | 'undecided' | 'not observed';

export type PaceAction =
  /** Give candidate this weight, basis points. */
  | { readonly kind: 'widen'; readonly weight: number }
  /** Nothing changes before `until` (Unix ms; null: no known time) unless something new is observed. */
  | {
      readonly kind: 'wait';
      readonly for: 'traffic' | 'dwell' | 'budget' | 'evidence' | 'nothing';
      readonly until: number | null;
    }
  /** Give candidate everything. */
  | { readonly kind: 'finish'; readonly finding: PaceFinding }
  /** `harm` is proven, and covered by alphaHarm. `precaution` is not, after the longest wait; no alpha covers it. */
  | { readonly kind: 'take-back'; readonly reason: 'harm' | 'precaution' }
  /** The longest wait is over and the budget allows no more: a person, or the caller's own rule, has to decide. */
  | { readonly kind: 'stuck' };

/** Where a rollout stands. */
export interface PaceFigures {
  /** Basis points. */
  readonly weight: number;
  /** The step that is next, basis points; null: none, candidate has everything. */
  readonly step: number | null;
  /** Upper bound of candidate's excess, 0-1: what share of its clients it hurts more than stable would have. */
  readonly upper: number;
  /** The share of clients that the budget allows, 0-1; null: the traffic is not known yet. */
  readonly ceiling: number | null;
  /** The peak that is reckoned with; null: not known yet. */
  readonly clientsPerSecond: number | null;
}

export interface Pace extends PaceFigures {
  readonly action: PaceAction;
  /** What is waited for, or what comes now, and why, in words. */
  readonly explanation: string;
}

export interface Pacer {
  readonly options: PaceOptions;
  /** `at`: Unix ms. */
  initial(at: number): PaceState;
  /**
   * The clients of a block that has ended. Blocks from before the first weight measure the traffic. Throws
   * `JudgeInputError`; the state stays as it was.
   */
  observe(state: PaceState, block: RateBlock): PaceState;
  /** The router has confirmed this weight (basis points) of candidate. The time at a step counts from here. */
  reached(state: PaceState, weight: number, at: number): PaceState;
  /** What to do now. One entry of `evidence` a metric. */
  decide(state: PaceState, evidence: readonly PaceEvidence[], now: number): Pace;
}
