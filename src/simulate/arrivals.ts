import type { Random } from './random.ts';

/** A Poisson number that is at least 1: the first comes at a time that is exponential and cut off, the rest in what is left. */
export function poissonAboveZero(mean: number, random: Random): number {
  const first = -Math.log1p(random.uniform() * Math.expm1(-mean));
  return 1 + random.poisson(Math.max(0, mean - first));
}
