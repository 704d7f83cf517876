import type { BlockCounts, Counts } from '../input.ts';
import type { Likelihood } from './interval.ts';
import type { LateStarts } from './late-starts.ts';
import type { Exposure } from './ratio-grid.ts';

export interface RateOptions {
  /** Candidate's rate may be up to this many times stable's. */
  readonly tolerate: number;
  /** `safe` says that more than this many times is ruled out. Default `1.2 * tolerate`. */
  readonly rhoSafe?: number;
  /** Rates up to this (a fraction) are no harm, whatever stable's is. 0: no floor. */
  readonly floor: number;
  /** Probability of `harm`, at any time at all, for a candidate that is fine. */
  readonly alphaHarm: number;
  /** Probability of `safe`, at any time at all, for a candidate that is worse than `rhoSafe` throughout. */
  readonly alphaSafe: number;
}

/** What both arms did since the last block. */
export interface RateBlock {
  /** Unix ms; never decreases. */
  readonly at: number;
  readonly stable: BlockCounts;
  readonly candidate: BlockCounts;
}

/** Everything the test remembers, about 3 KB, whatever it has seen. Plain data that survives JSON. */
export interface RateState {
  /** Times of the first and the last block; null: none yet. */
  readonly since: number | null;
  readonly at: number | null;
  readonly stable: Counts;
  readonly candidate: Counts;
  /** Not yet compared: a block is, once it has 1 client of candidate and 4 of stable. */
  readonly open: Exposure;
  readonly harmRatio: LateStarts;
  readonly harmAbsolute: LateStarts;
  /** ln E of each alternative. */
  readonly safeRatio: readonly number[];
  /** Of each ratio that the display interval looks at. */
  readonly likelihood: Likelihood;
  /** When harm was first reached, with ln E; null: not yet. */
  readonly harm: { readonly at: number; readonly logE: number } | null;
}

export interface RateVerdict {
  readonly verdict: 'harm' | 'safe' | 'undecided';
  /** Natural E values, capped at 1e300: how much better "worse" (or "fine") explains what was seen than its contrary. */
  readonly e: { readonly harm: number; readonly safe: number };
  /**
   * E of harm at this moment, at most `needed.harm`, beyond which the test gives up what it wins (`overshoot.ts`): this may be
   * averaged with others. `e.harm` is for showing: it has no such end, and keeps what it was when harm was reached.
   */
  readonly harmNow: number;
  /** What they must reach: `1/alpha`. */
  readonly needed: { readonly harm: number; readonly safe: number };
  /**
   * 95 % confidence interval of candidate's rate over stable's, valid at every moment while the ratio is constant; for
   * display. The low end is 0 to 64, the high end 1/64 to 64, or 1e300 for none.
   */
  readonly ratio: readonly [number, number];
  readonly stable: Counts;
  readonly candidate: Counts;
  /** No proof, but nothing against it, and at least 5 clients of candidate: `lean.ts`. */
  readonly leaningSafe: boolean;
  /** The question that was answered. */
  readonly options: Required<RateOptions>;
}

export interface RateTest {
  readonly options: Required<RateOptions>;
  initial(): RateState;
  /** Throws {@link JudgeInputError}; the state stays as it was. */
  observe(state: RateState, block: RateBlock): RateState;
  verdict(state: RateState): RateVerdict;
  /**
   * ln of both E values of this moment, harm without its latch and at most `ln(1/alphaHarm)`: these may be averaged with
   * those of other tests.
   */
  logE(state: RateState): { readonly harm: number; readonly safe: number };
}
