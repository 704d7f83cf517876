import { logBeta, logBetaAbove } from './special.ts';

/** Errors of both arms together, and how many of them were candidate's. */
export interface ErrorSplit {
  readonly canaryErrors: number;
  readonly totalErrors: number;
  /** Candidate's share of the errors under the null hypothesis. */
  readonly theta0: number;
  /** Beta prior of the share. */
  readonly priorA: number;
  readonly priorB: number;
}

/**
 * ln E against "the share of errors is theta0", mixed over a Beta prior: two-sided, so it also rejects where candidate is
 * better. Lindon & Malek, anytime-valid inference for multinomial count data.
 */
export function multinomialLogE({
  canaryErrors: k,
  totalErrors: n,
  theta0,
  priorA,
  priorB,
}: ErrorSplit): number {
  const mixture = logBeta(priorA + k, priorB + n - k) - logBeta(priorA, priorB);
  return mixture - k * Math.log(theta0) - (n - k) * Math.log1p(-theta0);
}

/** The same with the prior cut off at theta0, so that it only rejects where candidate is worse. */
export function truncatedBetaLogE(split: ErrorSplit): number {
  const { canaryErrors: k, totalErrors: n, theta0, priorA, priorB } = split;
  const cut = logBetaAbove(priorA + k, priorB + n - k, theta0) - logBetaAbove(priorA, priorB, theta0);
  return multinomialLogE(split) + cut;
}
