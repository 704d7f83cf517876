import { brentRoot } from './brent.ts';

/** How far x lies above y. */
export interface Shift {
  readonly low: number;
  readonly high: number;
  readonly estimate: number;
}

/** Kayenta's tolerance of a root. */
const TOLERANCE = 1e-4;
/** Normal quantile of a confidence of 98 %, two-sided. */
const Z_98 = 2.3263478740408408;

/**
 * Hodges-Lehmann shift with its 98 % confidence interval: the shifts at which the Mann-Whitney statistic, in its normal
 * approximation with tie correction and a continuity correction of 1/2, reaches the quantile. As Kayenta's (and R's wilcox.test)
 * does it: roots by Brent, between the least and the greatest possible shift; an end without a crossing is that end. Neither
 * may be without a value, and not all values may be the same.
 */
export function shiftInterval(x: readonly number[], y: readonly number[]): Shift {
  const least = Math.min(...x) - Math.max(...y);
  const greatest = Math.max(...x) - Math.min(...y);
  const root = (quantile: number) => {
    const f = (shift: number) => standardised(x, y, shift) - quantile;
    if (f(least) <= 0) return least;
    return f(greatest) >= 0 ? greatest : brentRoot(f, least, greatest, TOLERANCE);
  };
  return { low: root(Z_98), high: root(-Z_98), estimate: root(0) };
}

/** z of x moved down by `shift`, against y; 0 where all are tied. */
function standardised(x: readonly number[], y: readonly number[], shift: number): number {
  const moved = x.map((value) => value - shift);
  let above = 0;
  for (const a of moved) for (const b of y) above += a > b ? 1 : a === b ? 0.5 : 0;
  const excess = above - (x.length * y.length) / 2;
  const total = x.length + y.length;
  const ties = tieSum([...moved, ...y]) / (total * (total - 1));
  const sd = Math.sqrt(((x.length * y.length) / 12) * (total + 1 - ties));
  return sd === 0 ? 0 : (excess - Math.sign(excess) / 2) / sd;
}

/** Sum of t^3 - t over the groups of equal values. */
function tieSum(values: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()].reduce((sum, size) => sum + size ** 3 - size, 0);
}
