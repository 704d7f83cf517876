import type { Outcome } from '../core/model.ts';

/** What a summary needs of a rollout, Teal's or another tool's. Times in ms. */
export interface Finished {
  readonly outcome: Outcome;
  readonly outAfter: number | null;
  readonly takenBackAfter: number | null;
  readonly hurt: number;
}

/** Of the times that there are, ms; null where there is none. */
export interface Times {
  readonly median: number;
  readonly p95: number;
}

/** Many rollouts of one candidate. */
export interface Summary {
  readonly runs: number;
  /** Share of the rollouts, 0-1, that ended with the candidate promoted, or with it taken back. */
  readonly promoted: number;
  readonly takenBack: number;
  /** Until all traffic was on the candidate, of those that were promoted. */
  readonly out: Times | null;
  readonly back: Times | null;
  /** Clients hurt that stable would have served. */
  readonly hurt: { readonly mean: number; readonly p95: number };
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
    out: timesOf(promoted.map(({ outAfter }) => outAfter)),
    back: timesOf(takenBack.map(({ takenBackAfter }) => takenBackAfter)),
    hurt: { mean: hurt.reduce((sum, one) => sum + one, 0) / runs, p95: quantileOf(hurt, 0.95) },
  };
}

/** The `q`-quantile (0-1) by the nearest rank; NaN of none. */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

function timesOf(all: readonly (number | null)[]): Times | null {
  const times = all.filter((time) => time !== null);
  return times.length === 0 ? null : { median: quantileOf(times, 0.5), p95: quantileOf(times, 0.95) };
}
