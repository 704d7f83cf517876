import { logBeta, logBetaBelow } from './special.ts';

export interface BetaBinomialOptions {
  /** Intrinsic time at which the mixture is tightest, for this alpha. */
  readonly vOpt: number;
  readonly alphaOpt: number;
  /** Increments lie in [-g, h]. */
  readonly g: number;
  readonly h: number;
  readonly oneSided: boolean;
}

/**
 * ln of the beta-binomial mixture supermartingale at sum s and intrinsic time v. Howard, Ramdas, McAuliffe & Sekhon,
 * time-uniform nonparametric nonasymptotic confidence sequences, proposition 7.
 */
export function betaBinomialLogMixture(s: number, v: number, options: BetaBinomialOptions): number {
  const { g, h, oneSided } = options;
  const r = Math.max(bestRho(options) - g * h, 1e-3 * g * h);
  const logBetaUpTo = (a: number, b: number) =>
    logBeta(a, b) + (oneSided ? logBetaBelow(a, b, h / (g + h)) : 0);
  return (
    (v / (g * h)) * Math.log(g + h) -
    ((v + h * s) / (h * (g + h))) * Math.log(g) -
    ((v - g * s) / (g * (g + h))) * Math.log(h) +
    logBetaUpTo((r + v - g * s) / (g * (g + h)), (r + v + h * s) / (h * (g + h))) -
    logBetaUpTo(r / (g * (g + h)), r / (h * (g + h)))
  );
}

/** The normal mixture's best parameter, which suits here too. */
function bestRho({ vOpt, alphaOpt, oneSided }: BetaBinomialOptions): number {
  const twice = 2 * Math.log(1 / (oneSided ? 2 * alphaOpt : alphaOpt));
  return vOpt / (twice + Math.log(1 + twice));
}

export interface BernoulliInterval {
  readonly successes: number;
  readonly trials: number;
  readonly alpha: number;
  readonly tOpt: number;
  readonly alphaOpt: number;
}

/** Confidence sequence of a probability, at one moment: where the two-sided mixture stays below 1/alpha. */
export function bernoulliInterval(input: BernoulliInterval): readonly [number, number] {
  const seen = input.successes / input.trials;
  const isOut = (p: number) => {
    const spread = p * (1 - p);
    const options = { vOpt: spread * input.tOpt, alphaOpt: input.alphaOpt, g: p, h: 1 - p, oneSided: false };
    return (
      betaBinomialLogMixture((seen - p) * input.trials, spread * input.trials, options) >=
      Math.log(1 / input.alpha)
    );
  };
  return [seen === 0 ? 0 : edge(isOut, 0, seen), seen === 1 ? 1 : edge(isOut, 1, seen)];
}

function edge(isOut: (p: number) => boolean, out: number, inside: number): number {
  let [a, b] = [out, inside];
  for (let round = 0; round < 80; round++) {
    const middle = (a + b) / 2;
    if (isOut(middle)) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}
