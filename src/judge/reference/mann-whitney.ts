import { normalAbove } from './special.ts';

/** Pairs where x is larger, ties counted half. */
function statistic(x: readonly number[], y: readonly number[]): number {
  let u = 0;
  for (const a of x) for (const b of y) u += a > b ? 1 : a === b ? 0.5 : 0;
  return u;
}

export interface MannWhitney {
  readonly U: number;
  readonly z: number;
  readonly pTwoSided: number;
  /** That x is larger. */
  readonly pGreater: number;
}

/** Mann-Whitney test by the normal approximation with tie and continuity corrections, as Kayenta's judge uses it. */
export function mannWhitney(x: readonly number[], y: readonly number[]): MannWhitney {
  const U = statistic(x, y);
  const [m, n] = [x.length, y.length];
  const total = m + n;
  const ties = tieSizes([...x, ...y]).reduce((sum, size) => sum + size ** 3 - size, 0);
  const sd = Math.sqrt(((m * n) / 12) * (total + 1 - ties / (total * (total - 1))));
  const shift = U - (m * n) / 2;
  const z = (shift - 0.5 * Math.sign(shift)) / sd;
  return {
    U,
    z,
    pTwoSided: Math.min(1, 2 * normalAbove((Math.abs(shift) - 0.5) / sd)),
    pGreater: normalAbove((shift - 0.5) / sd),
  };
}

/** The same from the exact distribution; without ties. */
export function mannWhitneyExact(
  x: readonly number[],
  y: readonly number[],
): { readonly U: number; readonly pTwoSided: number } {
  const U = statistic(x, y);
  const counts = arrangements(x.length, y.length);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const share = (from: number, to: number) =>
    counts.slice(from, to).reduce((sum, count) => sum + count, 0) / all;
  return { U, pTwoSided: Math.min(1, 2 * Math.min(share(U, counts.length), share(0, U + 1))) };
}

function tieSizes(values: readonly number[]): readonly number[] {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()];
}

/** Orders of m and n values for each U from 0 to m*n: coefficients of the Gaussian binomial. */
function arrangements(m: number, n: number): readonly number[] {
  let counts = new Array<number>(m * n + 1).fill(0);
  counts[0] = 1;
  for (let i = 1; i <= m; i++) {
    // Times (1 - q^(n+i)), then divided by (1 - q^i).
    counts = counts.map((count, u) => count - (u >= n + i ? counts[u - n - i]! : 0));
    for (let u = i; u < counts.length; u++) counts[u] = counts[u]! + counts[u - i]!;
  }
  return counts;
}
