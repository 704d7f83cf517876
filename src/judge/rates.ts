import { aboveLimit, belowLimitLogE } from './absolute.ts';
import { factorsOfBad, factorsOfBoth } from './block-factors.ts';
import { addCounts, type Counts, checkCounts, checkPositive, checkShare, checkTime } from './input.ts';
import { emptyLikelihood, observeLikelihood, ratioInterval } from './interval.ts';
import {
  firstStart,
  type LateStarts,
  lateStartsLogE,
  mayReach,
  minutesBetween,
  startUpTo,
  unstartedLog,
} from './late-starts.ts';
import { cappedExp, logAddExp, logMeanExp } from './logs.ts';
import { overshootBonus } from './overshoot.ts';
import { type Exposure, harmGrid, ratioGrid } from './ratio-grid.ts';

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

/** 1.25 times stable's rate and 0.1 % are tolerated; 1 % false alarms, 5 % of the bad ones called safe. */
export const RATE_DEFAULTS: RateOptions = { tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 };

/** What both arms did since the last block. */
export interface RateBlock {
  /** Unix ms; never decreases. */
  readonly at: number;
  readonly stable: Counts;
  readonly candidate: Counts;
}

/** Everything the test remembers, about 2 KB, whatever it has seen. Plain data that survives JSON. */
export interface RateState {
  /** Times of the first and the last block; null: none yet. */
  readonly since: number | null;
  readonly at: number | null;
  readonly stable: Counts;
  readonly candidate: Counts;
  /** Not yet compared: a block is, once it has 1 client of candidate and 2 of stable. */
  readonly open: Exposure;
  readonly harmRatio: LateStarts;
  readonly harmAbsolute: LateStarts;
  /** ln E of each alternative. */
  readonly safeRatio: readonly number[];
  /** Log likelihood of each ratio that the display interval looks at. */
  readonly likelihood: readonly number[];
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
  /** `e.safe >= 1 > e.harm` and at least 5 clients of candidate: no proof, but nothing against it. */
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

/** Clients of candidate without which nothing leans anywhere. */
const LEAN_AT = 5;
/** Stable's rate from which good clients tell enough to be looked at. */
const FREQUENT = 0.02;
/** Good clients that are added to stable's past, so that a few bad ones are no base rate. */
const DOUBT = 10;
const NOTHING: Exposure = { n1: 0, e1: 0, n0: 0, e0: 0 };

/**
 * The sequential test of two rates: look after every block, as often as you like; the error probabilities hold over
 * the whole rollout. Candidate is worse when its rate is above `tolerate` times stable's *and* above `floor`, so harm
 * needs both processes (the smaller E counts), and safe either (the mean counts).
 *
 * **Harm, once reached, stays**: the bound is on ever reaching it, so a later dip takes nothing back. **Safe does not
 * stay**: it is about what was seen so far, and a candidate may fail later. Harm goes before safe.
 *
 * Do not start again at a change of weight: the test conditions on the actual exposure, and each new start would spend
 * alpha again. Counts are best of *clients*; retries of one client are one fact, not many.
 */
export function rateTest(given: RateOptions): RateTest {
  const { tolerate, floor, alphaHarm, alphaSafe } = given;
  const options = { tolerate, rhoSafe: given.rhoSafe ?? 1.2 * tolerate, floor, alphaHarm, alphaSafe };
  checkOptions(options);
  const worse = harmGrid(tolerate);
  const better = ratioGrid('better', options.rhoSafe);
  const above = floor === 0 ? [] : aboveLimit(floor);
  const needed = { harm: 1 / alphaHarm, safe: 1 / alphaSafe };

  function initial(): RateState {
    return {
      since: null,
      at: null,
      stable: { n: 0, bad: 0 },
      candidate: { n: 0, bad: 0 },
      open: NOTHING,
      harmRatio: firstStart(worse.size),
      harmAbsolute: firstStart(above.length),
      safeRatio: new Array<number>(better.size).fill(0),
      likelihood: emptyLikelihood(),
      harm: null,
    };
  }

  function observe(state: RateState, block: RateBlock): RateState {
    checkTime('at', block.at, state.at);
    checkCounts('stable', block.stable);
    checkCounts('candidate', block.candidate);
    const since = state.since ?? block.at;
    const seen = {
      ...state,
      since,
      at: block.at,
      stable: addCounts('stable', state.stable, block.stable),
      candidate: addCounts('candidate', state.candidate, block.candidate),
      harmAbsolute: observeAbsolute(state.harmAbsolute, minutesBetween(since, block.at), block.candidate),
    };
    return latch(observeRatio(seen, minutesBetween(since, block.at), block));
  }

  function observeAbsolute(process: LateStarts, minute: number, { n, bad }: Counts): LateStarts {
    const started = startUpTo(process, minute);
    if (n === 0 && bad === 0) return started;
    const logs = started.logs.map((log, j) => log + bad * above[j]!.bad + (n - bad) * above[j]!.good);
    return { ...started, logs };
  }

  function observeRatio(state: RateState, minute: number, { stable, candidate }: RateBlock): RateState {
    const open = {
      n1: state.open.n1 + candidate.n,
      e1: state.open.e1 + candidate.bad,
      n0: state.open.n0 + stable.n,
      e0: state.open.e0 + stable.bad,
    };
    const harmRatio = startUpTo(state.harmRatio, minute);
    // Both arms or nothing: a block without one arm says nothing of a ratio. The rule looks at n alone, never at e.
    if (open.n1 < 1 || open.n0 < 2) return { ...state, open, harmRatio };
    const closed = {
      ...state,
      open: NOTHING,
      harmRatio: observeWorse(harmRatio, open, pastRate(state.stable, open)),
    };
    if (open.e1 + open.e0 === 0) return closed;
    const safeRatio = [...state.safeRatio];
    better.add(safeRatio, open);
    return { ...closed, safeRatio, likelihood: observeLikelihood(state.likelihood, open) };
  }

  function observeWorse(process: LateStarts, block: Exposure, baseRate: number): LateStarts {
    const isFrequent = baseRate >= FREQUENT;
    if (!isFrequent && block.e1 + block.e0 === 0) return process;
    const factors = isFrequent ? factorsOfBoth(worse, block, baseRate) : factorsOfBad(worse, block);
    const { exposure, candidate, stable } = factors;
    const logs = process.logs.map(
      (log, j) => log + exposure[j]! + block.e1 * candidate[j]! + block.e0 * stable[j]!,
    );
    const limit = Math.log(needed.harm);
    const bonus = overshootBonus(logs, unstartedLog(process), factors, tolerate, block, limit);
    return { ...process, logs: bonus === 0 ? logs : logs.map((log) => log + bonus) };
  }

  function latch(state: RateState): RateState {
    if (state.harm !== null || !mayReach(state.harmRatio, Math.log(needed.harm))) return state;
    const logE = harmLogE(state);
    return logE < Math.log(needed.harm) ? state : { ...state, harm: { at: state.at!, logE } };
  }

  function harmLogE(state: RateState): number {
    const ratio = lateStartsLogE(state.harmRatio);
    return floor === 0 ? ratio : Math.min(ratio, lateStartsLogE(state.harmAbsolute));
  }

  function safeLogE(state: RateState): number {
    const ratio = logMeanExp(state.safeRatio);
    if (floor === 0) return ratio;
    return logAddExp(ratio, belowLimitLogE(state.candidate.n, state.candidate.bad, floor)) - Math.LN2;
  }

  const logE = (state: RateState) => ({
    harm: Math.min(harmLogE(state), Math.log(needed.harm)),
    safe: safeLogE(state),
  });

  function verdict(state: RateState): RateVerdict {
    const now = logE(state);
    const harm = cappedExp(Math.max(harmLogE(state), state.harm?.logE ?? Number.NEGATIVE_INFINITY));
    const safe = cappedExp(now.safe);
    return {
      verdict: state.harm !== null ? 'harm' : safe >= needed.safe ? 'safe' : 'undecided',
      e: { harm, safe },
      harmNow: cappedExp(now.harm),
      needed,
      ratio: ratioInterval(state.likelihood),
      stable: state.stable,
      candidate: state.candidate,
      leaningSafe: safe >= 1 && harm < 1 && state.candidate.n >= LEAN_AT,
      options,
    };
  }

  return { options, initial, observe, verdict, logE };
}

/**
 * Stable's rate before a block, from the totals with it; lower by about its standard error, because too high a guess costs more
 * than too low a one. Nothing of the block itself may be in it: a guess that has seen what it is for would make any evidence.
 */
function pastRate({ n, bad }: Counts, block: Exposure): number {
  const before = Math.max(0, bad - block.e0);
  return Math.max(0, before - Math.sqrt(before)) / (n - block.n0 + DOUBT);
}

function checkOptions(options: Required<RateOptions>): void {
  checkPositive('options.tolerate', options.tolerate);
  checkPositive('options.rhoSafe', options.rhoSafe);
  if (options.floor !== 0) checkShare('options.floor', options.floor);
  checkShare('options.alphaHarm', options.alphaHarm);
  checkShare('options.alphaSafe', options.alphaSafe);
}
