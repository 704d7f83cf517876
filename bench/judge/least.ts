import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import type { Regression } from '../../src/simulate/index.ts';
import { rateOf } from '../../src/simulate/regression.ts';

export interface Least {
  /** Clients of candidate. */
  readonly clients: number;
  /** How many of them it hurts and stable would not have. */
  readonly hurt: number;
}

/**
 * The least that any test of level `alphaHarm` with power one needs on average, did it know stable's rate exactly and from when on the
 * candidate is bad: `ln(1/alpha) / kl(p1 || the highest rate that is tolerated)` (Wald, sequential analysis). null: the candidate is
 * within what is tolerated, or its failures are no rate.
 */
export function leastToKnow(
  { judge: { errors, alphaHarm } }: ServiceSpec,
  regression: Regression,
  baseRate: number,
): Least | null {
  if (regression.kind !== 'share' && regression.kind !== 'ratio') return null;
  const rate = rateOf(regression, baseRate, Number.POSITIVE_INFINITY);
  const tolerated = Math.max(errors.tolerate * baseRate, errors.floor);
  if (rate <= tolerated) return null;
  const clients = Math.max(1, Math.log(1 / alphaHarm) / divergence(rate, tolerated));
  return { clients, hurt: clients * (rate - baseRate) };
}

/** Of two coins, Kullback and Leibler's, in nats. */
function divergence(p: number, q: number): number {
  const good = p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q));
  return p * Math.log(p / q) + good;
}
