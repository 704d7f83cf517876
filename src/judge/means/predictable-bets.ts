/**
 * How much to bet on the next value in [0, 1] from those before: the predictable empirical-Bernstein rule
 * `lambda_t = sqrt(2*ln(1/alpha) / (variance_{t-1} * t * ln(1+t)))` of Waudby-Smith & Ramdas, estimating means of bounded
 * random variables by betting. One pretended value (mean 1/2, variance 1/4) stands for none.
 */
export interface BetState {
  readonly n: number;
  readonly sum: number;
  /** Squared distances of each value from the mean with it, after the pretended one. */
  readonly squares: number;
}

export const beginBets = (): BetState => ({ n: 0, sum: 0, squares: 0.25 });

export function observeBet({ n, sum, squares }: BetState, value: number): BetState {
  const mean = (0.5 + sum + value) / (n + 2);
  return { n: n + 1, sum: sum + value, squares: squares + (value - mean) ** 2 };
}

/** Not cut off yet: the caller keeps it below what would lose everything. */
export function nextBet({ n, squares }: BetState, alpha: number): number {
  const t = n + 1;
  return Math.sqrt((2 * Math.log(1 / alpha)) / (t * Math.log(1 + t) * (squares / t)));
}
