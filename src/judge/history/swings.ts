/**
 * How much the rate of a service varied by itself: bursts of errors that no release is to blame for. Counts of windows of three lengths
 * are added up in sums of constant size; from these follows how much more the counts of a window varied than chance allows.
 */
import { type BlockCounts, type Counts, checkCounts, checkTime } from '../input.ts';

/** Seconds of the windows: blocks by themselves, bursts, and what changes from hour to hour. */
export const WINDOWS = [1, 10, 60, 600] as const;

/** The windows of one length: one that runs, and the sums over those before. Plain data. */
export interface WindowSums {
  /** Beginning of the window that runs, Unix ms; null: none. */
  readonly at: number | null;
  readonly n: number;
  readonly bad: number;
  readonly count: number;
  readonly sumN: number;
  readonly sumBad: number;
  /** Sums of squares. */
  readonly squareN: number;
  readonly squareBad: number;
}

/** Plain data that survives JSON, about 500 bytes. */
export interface Swings {
  /** By {@link WINDOWS}. */
  readonly windows: readonly WindowSums[];
  readonly bad: number;
  /** Of `bad`, those who came in an earlier block. */
  readonly late: number;
}

/** What the windows of one length say of the rates in them, if each was drawn anew. */
export interface Variation {
  /** Mean rate, 0-1. */
  readonly mean: number;
  /** Variance of the rates over their mean: with n clients in each window, their counts vary `1 + scale*n` times as much as by chance. */
  readonly scale: number;
  /** Standard error of `scale`, if that is the true one. */
  readonly error: (scale: number) => number;
}

const NO_WINDOW: WindowSums = {
  at: null,
  n: 0,
  bad: 0,
  count: 0,
  sumN: 0,
  sumBad: 0,
  squareN: 0,
  squareBad: 0,
};

export const NO_SWINGS: Swings = { windows: WINDOWS.map(() => NO_WINDOW), bad: 0, late: 0 };

/** One block more, of Unix ms `at`; what comes late counts in the window that runs. Throws {@link JudgeInputError}. */
export function addSwing(swings: Swings, at: number, { n, bad, late = 0 }: BlockCounts): Swings {
  checkTime('at', at, null);
  checkCounts('', { n, bad, late });
  return {
    windows: swings.windows.map((window, j) => {
      const length = WINDOWS[j]! * 1000;
      const begin = at - (at % length);
      if (window.at !== null && begin <= window.at)
        return { ...window, n: window.n + n, bad: window.bad + bad };
      return { ...closed(window), at: begin, n, bad };
    }),
    bad: swings.bad + bad,
    late: swings.late + late,
  };
}

function closed(window: WindowSums): WindowSums {
  const { n, bad } = window;
  if (n === 0 && bad === 0) return window;
  return {
    at: null,
    n: 0,
    bad: 0,
    count: window.count + 1,
    sumN: window.sumN + n,
    sumBad: window.sumBad + bad,
    squareN: window.squareN + n * n,
    squareBad: window.squareBad + bad * bad,
  };
}

/** Of two times; what still ran in the earlier is closed. */
export const addSwings = (earlier: Swings, later: Swings): Swings => ({
  windows: later.windows.map((window, j) => {
    const before = closed(earlier.windows[j]!);
    return {
      ...window,
      count: window.count + before.count,
      sumN: window.sumN + before.sumN,
      sumBad: window.sumBad + before.sumBad,
      squareN: window.squareN + before.squareN,
      squareBad: window.squareBad + before.squareBad,
    };
  }),
  bad: earlier.bad + later.bad,
  late: earlier.late + later.late,
});

/** Share of the bad ones who had come in an earlier block, 0-1. */
export const lateShare = ({ bad, late }: Swings): number => (bad === 0 ? 0 : late / bad);

/** All that was counted. */
export function totalOf({ windows: [first] }: Swings): Counts {
  return first === undefined ? { n: 0, bad: 0 } : { n: first.sumN + first.n, bad: first.sumBad + first.bad };
}

/**
 * By moments, for each length of a window. If the count of a window with n clients is a Poisson number whose rate was drawn with mean p
 * and variance V, then `E[bad*(bad-1)] = n^2*(p^2 + V)` whatever the distribution of the rates is. Who is hurt later than it came is hurt at any time, so
 * for the share of those a window expects as many as any other. The standard errors are those of a gamma distribution (kurtosis `3 + 6V/p^2`).
 * null: nothing is known, or nobody was ever hurt, which shows no variation.
 */
export function variationsOf(swings: Swings): readonly (Variation | null)[] {
  const fresh = (1 - lateShare(swings)) ** 2;
  return swings.windows.map(closed).map(({ count, sumN, sumBad, squareN, squareBad }) => {
    if (count === 0 || sumN === 0 || sumBad === 0) return null;
    const squares = fresh * squareN + ((1 - fresh) * sumN * sumN) / count;
    const mean = sumBad / sumN;
    const variance = (squareBad - sumBad) / squares - mean * mean;
    const scale = Math.max(0, variance / mean);
    const windows = (sumN * sumN) / squares;
    const error = (truth: number) =>
      Math.sqrt(2 / squares) + truth * Math.sqrt((2 + (6 * truth) / mean) / windows);
    return { mean, scale, error };
  });
}

/** How much of that a bake must take for ordinary. Plain data. */
export interface Ordinary {
  /** Share of the bad ones who came in an earlier block, 0-1. */
  readonly late: number;
  /** For windows of each length between: seconds, and the most that the scale may be (`Variation`). */
  readonly bursts: readonly { readonly seconds: number; readonly scale: number }[];
  /** The same of the parts of a window, down to a second. */
  readonly within: number;
  /** Standard deviation of the rate from one of the longest windows to the next, over its mean; what chance may explain is left out. */
  readonly slow: number;
}

/** Nothing is known to vary. */
export const CALM: Ordinary = { late: 0, bursts: [], within: 0, slow: 0 };

/** Standard errors. */
const SURE = 2;

/**
 * From the last day, and from the minutes just before, where they surely varied more: bursts may have begun today. It is an upper bound,
 * because what is not known to be calm may not be.
 */
export function ordinaryOf(day: Swings, lately: Swings = NO_SWINGS): Ordinary {
  const known = variationsOf(day);
  const recent = variationsOf(lately);
  const slowest = known.at(-1) ?? null;
  const slow = slowest === null ? 0 : slowest.scale - SURE * slowest.error(0);
  const most = WINDOWS.map((_, j) => {
    const before = known[j];
    // So few are hurt in a second that its bound says little, unless bursts are seen in it.
    const upper = j > 0 || (before && before.scale > SURE * before.error(0)) ? upperOf(before) : 0;
    const now = recent[j];
    const isMore = now && now.scale > upper + SURE * now.error(upper);
    return isMore ? upperOf(now) : upper;
  });
  return {
    late: lateShare(day.bad > 0 ? day : lately),
    bursts: WINDOWS.slice(1, -1).map((seconds, j) => ({ seconds, scale: most[j + 1]! })),
    within: Math.max(...most.slice(0, -1)),
    slow: slow > 0 ? Math.sqrt(slow / slowest!.mean) : 0,
  };
}

const upperOf = (found: Variation | null | undefined): number =>
  found ? found.scale + SURE * found.error(found.scale) : 0;
