import type { Outcome } from '../core/model.ts';

/** What a summary needs of a rollout, Teal's or another tool's. Times in ms. */
export interface Finished {
  readonly outcome: Outcome;
  readonly outAfter: number | null;
  readonly takenBackAfter: number | null;
  readonly hurt: number;
}

/** Quantiles of a number of values. */
export interface Spread {
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
}

/** Many rollouts of one candidate. */
export interface Summary {
  readonly runs: number;
  /** Share of the rollouts, 0-1, that ended with the candidate promoted, or with it taken back. */
  readonly promoted: number;
  readonly takenBack: number;
  /** ms until all traffic was on the candidate, of those that were promoted; null: none was. */
  readonly out: Spread | null;
  /** ms until it was decided to take it back, of those where it was. */
  readonly back: Spread | null;
  /** Clients hurt that stable would have served, of all. */
  readonly hurt: Spread & { readonly mean: number };
}

export function summarise(rollouts: readonly Finished[]): Summary {
  const runs = rollouts.length;
  const promoted = rollouts.filter(({ outcome }) => outcome === 'promoted');
  const takenBack = rollouts.filter(({ takenBackAfter }) => takenBackAfter !== null);
  const hurt = rollouts.map((one) => one.hurt);
  return {
    runs,
    promoted: promoted.length / runs,
    takenBack: takenBack.length / runs,
    out: spreadOfTimes(promoted.map(({ outAfter }) => outAfter)),
    back: spreadOfTimes(takenBack.map(({ takenBackAfter }) => takenBackAfter)),
    hurt: { mean: hurt.reduce((sum, one) => sum + one, 0) / runs, ...spreadOf(hurt) },
  };
}

/** The `q`-quantile (0-1) by the nearest rank; NaN of none. */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

const spreadOf = (values: readonly number[]): Spread => ({
  p5: quantileOf(values, 0.05),
  median: quantileOf(values, 0.5),
  p95: quantileOf(values, 0.95),
});

function spreadOfTimes(all: readonly (number | null)[]): Spread | null {
  const times = all.filter((time) => time !== null);
  return times.length === 0 ? null : spreadOf(times);
}
