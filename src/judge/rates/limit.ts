import { checkPositive, checkShare } from '../input.ts';

export interface LimitInput {
  /** Stable's rate. */
  readonly p0: number;
  /** True ratio of candidate's rate to stable's. */
  readonly ratio: number;
  /** Candidate's share of the clients. */
  readonly w: number;
  /** Tolerated ratio. */
  readonly rho: number;
  readonly alpha: number;
}

export interface Limit {
  /** Candidate's share of the bad ones, if it were just tolerable, and in truth. */
  readonly theta0: number;
  readonly theta1: number;
  /** What one client of either arm teaches on average, in nats. */
  readonly klPerRequest: number;
  /** No test of level alpha that always ends can need fewer clients of both arms, on average. */
  readonly requests: number;
}

/** The information limit of comparing two rates given the exposure: `ln(1/alpha) / KL` (Wald, sequential analysis). */
export function conditionalLimit({ p0, ratio, w, rho, alpha }: LimitInput): Limit {
  checkShare('p0', p0);
  checkPositive('ratio', ratio);
  checkShare('w', w);
  checkPositive('rho', rho);
  checkShare('alpha', alpha);
  const pooled = w * p0 * ratio + (1 - w) * p0;
  const theta1 = (w * p0 * ratio) / pooled;
  const theta0 = (w * rho) / (w * rho + 1 - w);
  const klPerRequest =
    pooled * (theta1 * Math.log(theta1 / theta0) + (1 - theta1) * Math.log((1 - theta1) / (1 - theta0)));
  return { theta0, theta1, klPerRequest, requests: Math.log(1 / alpha) / klPerRequest };
}
