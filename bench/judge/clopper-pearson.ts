import { binomialAbove } from '../../test/judge/random.ts';

/** Clopper and Pearson's upper bound of a probability at 95 % (one-sided), after `hits` in `n`: exact, so never too low. */
export function upperBound(hits: number, n: number): number {
  if (hits >= n) return 1;
  let [low, high] = [hits / n, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    // The chance of so few hits, or fewer.
    if (1 - binomialAbove(n, middle, hits) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}
