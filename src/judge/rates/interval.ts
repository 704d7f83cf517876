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
  /** The logarithm of no product is further than this from 0. Absent in what an older Teal has kept, which took fewer blocks. */
  readonly spread?: number;
}

/** As far as products go before their logarithms are taken; doubles go to 709. */
const MOST_SPREAD = 600;
/** Bad clients of a block from which logarithms cost less than a power. */
const MANY = 1_000;
const ONES = new Array<number>(SIZE).fill(1);

/** Before anything was seen. */
export const emptyLikelihood = (): Likelihood => ({
  logs: new Array<number>(SIZE).fill(0),
  product: ONES,
  bad: 0,
  e1: 0,
  spread: 0,
});

/** Adds a block: `e1*ln r - (e1+e0)*ln((n1*r+n0)/(n1+n0))` for each ratio r. */
export function observeLikelihood(likelihood: Likelihood, { n1, e1, n0, e0 }: Exposure): Likelihood {
  const bad = e1 + e0;
  const [perCandidate, perStable] = [n1 / (n1 + n0), n0 / (n1 + n0)];
  // Factors grow with the ratio: the first and the last are the furthest from 1.
  const spread =
    bad *
    Math.max(
      -Math.log(perCandidate * RATIOS[0]! + perStable),
      Math.log(perCandidate * RATIOS[SIZE - 1]! + perStable),
    );
  if (bad > MANY || spread > MOST_SPREAD) {
    const logs = likelihood.logs.map(
      (log, k) => log + e1 * LOG_RATIOS[k]! - bad * Math.log(perCandidate * RATIOS[k]! + perStable),
    );
    return { ...likelihood, logs };
  }
  const total = (likelihood.spread ?? likelihood.bad * EDGE) + spread;
  if (total > MOST_SPREAD) {
    const logs = logLikelihoods(likelihood);
    return observeLikelihood({ logs, product: ONES, bad: 0, e1: 0, spread: 0 }, { n1, e1, n0, e0 });
  }
  const product = likelihood.product.slice();
  multiply(product, perCandidate, perStable, bad);
  return {
    logs: likelihood.logs,
    product,
    bad: likelihood.bad + bad,
    e1: likelihood.e1 + e1,
    spread: total,
  };
}

/** Each by `(perCandidate*r + perStable)^exponent`, by squaring all at a time, which beats `**` several times over. */
function multiply(product: number[], perCandidate: number, perStable: number, exponent: number): void {
  for (let k = 0; k < SIZE; k++) POWERS[k] = perCandidate * RATIOS[k]! + perStable;
  for (let left = exponent; ; ) {
    if (left & 1) for (let k = 0; k < SIZE; k++) product[k]! *= POWERS[k]!;
    left >>= 1;
    if (left === 0) return;
    for (let k = 0; k < SIZE; k++) POWERS[k]! *= POWERS[k]!;
  }
}

/** Nothing of it outlives a call. */
const POWERS = new Float64Array(SIZE);

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
