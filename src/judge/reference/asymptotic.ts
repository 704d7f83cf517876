export interface AsymptoticInterval {
  readonly n: number;
  readonly sigma: number;
  readonly alpha: number;
  /** Where the interval is tightest. */
  readonly nOpt: number;
  readonly oneSided: boolean;
}

/**
 * Half width of the asymptotic confidence sequence of a mean, for display only. Waudby-Smith, Arbour, Sinha, Kennedy &
 * Ramdas, time-uniform central limit theory and asymptotic confidence sequences (arXiv 2103.06476).
 */
export function asymptoticInterval(input: AsymptoticInterval): {
  readonly rho: number;
  readonly halfWidth: number;
} {
  const { n, sigma, alpha, nOpt, oneSided } = input;
  const twice = -2 * Math.log(oneSided ? 2 * alpha : alpha);
  const rho = Math.sqrt((twice + Math.log(twice + 1)) / nOpt);
  const spread = n * rho * rho + 1;
  const log = oneSided ? Math.log(1 + Math.sqrt(spread) / (2 * alpha)) : Math.log(Math.sqrt(spread) / alpha);
  return { rho, halfWidth: (sigma * Math.sqrt(2 * spread * log)) / (n * rho) };
}
