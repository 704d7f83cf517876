import { logAddExp, logMeanExp } from '../logs.ts';

/** Alternatives of an absolute process, besides zero. */
const SIZE = 16;

/**
 * ln E of one alternative rate against H0 `p >= limit` (alternative below it) or H0 `p <= limit` (above it):
 * `(q/limit)^e * ((1-q)/(1-limit))^(n-e)`, Wald's sequential probability ratio. 0 <= alternative < 1.
 */
export function absoluteLogE(n: number, bad: number, limit: number, alternative: number): number {
  const errors = bad === 0 ? 0 : bad * Math.log(alternative / limit);
  return errors + (n - bad) * (Math.log1p(-alternative) - Math.log1p(-limit));
}

/** ln of one bad and of one good client's factor, for each alternative above `limit`: `q_j = limit^(1-(j+.5)/16)`. */
export function aboveLimit(limit: number): readonly { readonly bad: number; readonly good: number }[] {
  return Array.from({ length: SIZE }, (_, j) => {
    const rate = limit ** (1 - (j + 0.5) / SIZE);
    return { bad: Math.log(rate / limit), good: Math.log1p(-rate) - Math.log1p(-limit) };
  });
}

/**
 * ln E against H0 `p >= limit` of n and bad: half on a rate of zero, half spread over `limit*8^(-(j+.5)/16)`. It needs only the
 * totals, since it has one start.
 */
export function belowLimit(limit: number): (n: number, bad: number) => number {
  const good = -Math.log1p(-limit);
  const some = Array.from({ length: SIZE }, (_, j) => {
    const rate = limit * 8 ** (-(j + 0.5) / SIZE);
    return { bad: Math.log(rate / limit), good: Math.log1p(-rate) + good };
  });
  return (n, bad) => {
    const none = bad === 0 ? n * good : Number.NEGATIVE_INFINITY;
    const spread = logMeanExp(some.map((rate) => bad * rate.bad + (n - bad) * rate.good));
    return logAddExp(none, spread) - Math.LN2;
  };
}
