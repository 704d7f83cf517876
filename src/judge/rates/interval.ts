import { logMeanExp, logSumExp, UNBOUNDED } from '../logs.ts';
import type { Exposure } from './ratio-grid.ts';

/** Ratios looked at: 129, evenly spaced in the logarithm, from 1/64 to 64. */
const SIZE = 129;
const EDGE = Math.log(64);
const STEP = (2 * EDGE) / (SIZE - 1);
const LOG_RATIOS = Array.from({ length: SIZE }, (_, k) => -EDGE + k * STEP);
const RATIOS = LOG_RATIOS.map(Math.exp);
const ALPHA = 0.05;

/** Log likelihood of each ratio, but for some last blocks: a logarithm of a product costs less than one of each factor. */
export interface Likelihood {
  readonly logs: readonly number[];
  /** Of the last blocks: product of `((n1*r+n0)/(n1+n0))^(e1+e0)` for each ratio, bad clients, and those of candidate. */
  readonly product: readonly number[];
  readonly bad: number;
  readonly e1: number;
}

/** Bad clients after which logarithms are taken: 64 to their power is still a double. */
const MOST = 100;
const ONES = new Array<number>(SIZE).fill(1);

/** Before anything was seen. */
export const emptyLikelihood = (): Likelihood => ({
  logs: new Array<number>(SIZE).fill(0),
  product: ONES,
  bad: 0,
  e1: 0,
});

/** Adds a block: `e1*ln r - (e1+e0)*ln((n1*r+n0)/(n1+n0))` for each ratio r. */
export function observeLikelihood(likelihood: Likelihood, { n1, e1, n0, e0 }: Exposure): Likelihood {
  const bad = e1 + e0;
  const [perCandidate, perStable] = [n1 / (n1 + n0), n0 / (n1 + n0)];
  if (bad > MOST) {
    const logs = likelihood.logs.map(
      (log, k) => log + e1 * LOG_RATIOS[k]! - bad * Math.log(perCandidate * RATIOS[k]! + perStable),
    );
    return { ...likelihood, logs };
  }
  if (likelihood.bad + bad > MOST) {
    const logs = logLikelihoods(likelihood);
    return observeLikelihood({ logs, product: ONES, bad: 0, e1: 0 }, { n1, e1, n0, e0 });
  }
  const product = likelihood.product.slice();
  for (let k = 0; k < SIZE; k++) {
    product[k]! *= power(perCandidate * RATIOS[k]! + perStable, bad);
  }
  return { logs: likelihood.logs, product, bad: likelihood.bad + bad, e1: likelihood.e1 + e1 };
}

/** By squaring, which beats `**` several times over. */
function power(base: number, exponent: number): number {
  let [result, square] = [1, base];
  for (let left = exponent; left > 0; left >>= 1) {
    if (left & 1) result *= square;
    square *= square;
  }
  return result;
}

function logLikelihoods({ logs, product, bad, e1 }: Likelihood): readonly number[] {
  return bad === 0 ? logs : logs.map((log, k) => log + e1 * LOG_RATIOS[k]! - Math.log(product[k]!));
}

/**
 * Confidence interval of the ratio: `{ r : logM - l(r) < ln(1/alpha) }`, M the mean likelihood over the 129 ratios. It
 * assumes a constant ratio, so it is for showing; verdicts come from the one-sided processes. What lies beyond 1/64
 * and 64 is not told apart: a low end below is 0, a high end above {@link UNBOUNDED}, so the interval only grows.
 */
export function ratioInterval(likelihood: Likelihood, alpha: number = ALPHA): readonly [number, number] {
  const logs = logLikelihoods(likelihood);
  // Relative to the best ratio, which so is inside at any size of the numbers.
  const best = logs.reduce((top, log) => Math.max(top, log));
  const relative = logs.map((log) => log - best);
  const threshold = logMeanExp(relative) + Math.log(alpha);
  const inside = (k: number) => relative[k]! > threshold;
  let low = 0;
  while (!inside(low)) low++;
  let high = SIZE - 1;
  while (!inside(high)) high--;
  return [
    low === 0 ? 0 : Math.exp(crossing(relative, threshold, low - 1, low)),
    high === SIZE - 1 ? UNBOUNDED : Math.exp(crossing(relative, threshold, high + 1, high)),
  ];
}

/** The same from the blocks themselves, exact at every ratio and without ends. */
export function exactRatioInterval(blocks: readonly Exposure[], alpha: number): readonly [number, number] {
  const at = (u: number) => sum(blocks.map((block) => logLikelihood(block, u, Math.exp(u))));
  const e1 = sum(blocks.map((block) => block.e1));
  const e0 = sum(blocks.map((block) => block.e0));
  const grid = LOG_RATIOS.map(at);
  const threshold = logSumExp(grid) - Math.log(SIZE) + Math.log(alpha);
  const best = LOG_RATIOS[grid.indexOf(Math.max(...grid))]!;
  const isOut = (u: number) => at(u) <= threshold;
  return [
    e1 === 0 ? 0 : Math.exp(bisect(isOut, furthest(isOut, best, -1), best)),
    e0 === 0 ? UNBOUNDED : Math.exp(bisect(isOut, furthest(isOut, best, 1), best)),
  ];
}

function logLikelihood({ n1, e1, n0, e0 }: Exposure, logRatio: number, ratio: number): number {
  return e1 * logRatio - (e1 + e0) * Math.log((n1 * ratio + n0) / (n1 + n0));
}

/** Where the likelihood crosses the threshold between two neighbours, through four points of the smooth curve. */
function crossing(values: readonly number[], threshold: number, out: number, inside: number): number {
  const from = Math.min(Math.max(Math.min(out, inside) - 1, 0), SIZE - 4);
  const [a, b, c, d] = values.slice(from, from + 4) as [number, number, number, number];
  const at = (x: number) =>
    (-a * (x - 1) * (x - 2) * (x - 3)) / 6 +
    (b * x * (x - 2) * (x - 3)) / 2 -
    (c * x * (x - 1) * (x - 3)) / 2 +
    (d * x * (x - 1) * (x - 2)) / 6;
  const x = bisect((u) => at(u) <= threshold, out - from, inside - from, 30);
  return LOG_RATIOS[0]! + (from + x) * STEP;
}

function furthest(isOut: (u: number) => boolean, from: number, direction: number): number {
  let distance = 1;
  while (!isOut(from + direction * distance)) distance *= 2;
  return from + direction * distance;
}

function bisect(isOut: (u: number) => boolean, out: number, inside: number, rounds = 100): number {
  let [a, b] = [out, inside];
  for (let round = 0; round < rounds; round++) {
    const middle = (a + b) / 2;
    if (isOut(middle)) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
