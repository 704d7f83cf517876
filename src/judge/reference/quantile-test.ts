import { betaBinomialLogMixture } from './beta-binomial.ts';

export interface QuantileTest {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Which quantile, 0-1. */
  readonly p: number;
  readonly tOpt: number;
  readonly alphaOpt: number;
}

/** Always-valid p value of "both arms have the same p-quantile". Howard & Ramdas, sequential estimation of quantiles. */
export function quantileTest({ a, b, p, tOpt, alphaOpt }: QuantileTest): number {
  const options = { vOpt: tOpt * p * (1 - p), alphaOpt, g: p, h: 1 - p, oneSided: false };
  const arms = [a, b].map((values) =>
    arm(values, (below) => {
      const n = values.length;
      return betaBinomialLogMixture((below - p) * n, p * (1 - p) * n, options);
    }),
  );
  const [first, second] = arms as [Arm, Arm];
  // Both curves fall before their own minimum and rise after it, so the least sum is at a value in between.
  const from = Math.min(first.minimumFrom, second.minimumFrom);
  const to = Math.max(first.minimumTo, second.minimumTo);
  let least = Number.POSITIVE_INFINITY;
  for (const x of [...a, ...b]) {
    if (x >= from && x <= to) least = Math.min(least, first.logE(x) + second.logE(x));
  }
  return Math.min(1, Math.exp(-least));
}

interface Arm {
  /** Between these the arm's curve is at its minimum. */
  readonly minimumFrom: number;
  readonly minimumTo: number;
  /** The least ln E against "the quantile is x" that the data at hand allow. */
  logE(x: number): number;
}

function arm(values: readonly number[], logEBelow: (share: number) => number): Arm {
  const sorted = [...values].sort((x, y) => x - y);
  const n = sorted.length;
  const best = minimum(logEBelow);
  const minimumFrom = sorted[Math.ceil(best * n) - 1]!;
  const minimumTo = sorted[Math.floor(best * n)]!;
  const count = (isBelow: (value: number) => boolean) => sorted.filter(isBelow).length / n;
  return {
    minimumFrom,
    minimumTo,
    logE(x) {
      if (x < minimumFrom) return logEBelow(count((value) => value <= x));
      if (x > minimumTo) return logEBelow(count((value) => value < x));
      return logEBelow(best);
    },
  };
}

/** Where a convex function on (0, 1) is least: golden sections. */
function minimum(f: (x: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, 1];
  for (let round = 0; round < 60; round++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (f(left) < f(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}
