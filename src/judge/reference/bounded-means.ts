import { beginBets, nextBet, observeBet } from '../means/predictable-bets.ts';

/**
 * Means of values in [0, 1]: Waudby-Smith & Ramdas, estimating means of bounded random variables by betting. Both
 * functions bet by the predictable empirical-Bernstein rule.
 */

/** What the rule bets on each value, from those before it. */
function bets(values: readonly number[], alpha: number): readonly number[] {
  let state = beginBets();
  return values.map((value) => {
    const bet = nextBet(state, alpha);
    state = observeBet(state, value);
    return bet;
  });
}

export interface HedgedCapital {
  /** The mean that is tested. */
  readonly m: number;
  readonly alpha: number;
  /** Share of the capital that bets on a higher mean. */
  readonly theta: number;
  /** Bets are cut at this times `1/m` and `1/(1-m)`. */
  readonly truncScale: number;
}

/** Capital after betting against "the mean is m" in both directions, each at half of alpha: an E value. */
export function hedgedCapital(values: readonly number[], options: HedgedCapital): number {
  const { m, theta, truncScale } = options;
  let [up, down] = [1, 1];
  bets(values, options.alpha / 2).forEach((bet, i) => {
    up *= 1 + Math.min(bet, truncScale / m) * (values[i]! - m);
    down *= 1 - Math.min(bet, truncScale / (1 - m)) * (values[i]! - m);
  });
  return Math.max(theta * up, (1 - theta) * down);
}

/** Empirical-Bernstein confidence sequence of the mean, at one moment. Bets are cut at `truncation`. */
export function empiricalBernstein(
  values: readonly number[],
  alpha: number,
  truncation: number,
): readonly [number, number] {
  const flipped = values.map((value) => 1 - value);
  return [lowerEnd(values, alpha / 2, truncation), 1 - lowerEnd(flipped, alpha / 2, truncation)];
}

function lowerEnd(values: readonly number[], alpha: number, truncation: number): number {
  let [sum, weighted, weight, variance] = [0, 0, 0, 0];
  bets(values, alpha).forEach((free, i) => {
    const bet = Math.min(free, truncation);
    const value = values[i]!;
    const before = i === 0 ? 0 : sum / i;
    variance += (value - before) ** 2 * (-Math.log1p(-bet) - bet);
    weighted += bet * value;
    weight += bet;
    sum += value;
  });
  return Math.max(0, (weighted - Math.log(1 / alpha) - variance) / weight);
}
