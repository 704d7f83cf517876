/**
 * Bets on the difference of two arms' means where each client's chance of being candidate's is known: the
 * inverse-probability-weighted difference of values in [0, 1], after Waudby-Smith & Ramdas, estimating means of bounded
 * random variables by betting.
 *
 * With A = 1 for candidate (probability w, whatever came before) and any m known beforehand,
 * `Z = A/w*(Y - r*m) - r*(1-A)/(1-w)*(Y - m)` has the mean `mean1 - r*mean0`, and m (about the pooled mean) keeps it small.
 * Where that is at most `margin`, a factor `1 + c*(Z - margin)/(lowest + margin)`, `-lowest` the least that Z can be,
 * has a mean of at most 1: a test supermartingale for each c in (0, 1), and so is their mean.
 */

/** Shares of the highest bet that cannot lose all. */
const SHARES = Array.from({ length: 12 }, (_, i) => 0.01 * 90 ** (i / 11));

export const BETS = SHARES.length;

/** Candidate's mean is compared with `ratio * stable's + margin`. `margin` from 0 to 1. */
export interface Line {
  readonly ratio: number;
  readonly margin: number;
}

/** Values (0-1) with how often they came. */
export type Values = readonly (readonly [value: number, count: number])[];

export interface AssignedBlock {
  readonly candidate: Values;
  readonly stable: Values;
  /** Each client's probability of being candidate's, 0-1, both ends excluded. */
  readonly share: number;
  /** Any number known before the block, best the mean of both arms. */
  readonly center: number;
}

/** ln of the block's factor of each bet against H0 "candidate's mean is on or below the line". */
export const betAbove = (line: Line, block: AssignedBlock): number[] => bet(1, line, block);

/** ln of the block's factor of each bet against H0 "candidate's mean is on or above the line". */
export const betBelow = (line: Line, block: AssignedBlock): number[] => bet(-1, line, block);

function bet(
  sign: 1 | -1,
  { ratio, margin }: Line,
  { candidate, stable, share, center }: AssignedBlock,
): number[] {
  const gains = [
    ...candidate.map(([value, count]) => [(value - ratio * center) / share, count] as const),
    ...stable.map(([value, count]) => [(-ratio * (value - center)) / (1 - share), count] as const),
  ];
  const worst =
    sign === 1
      ? Math.max((ratio * center) / share, (ratio * (1 - center)) / (1 - share))
      : Math.max((1 - ratio * center) / share, (ratio * center) / (1 - share));
  const scale = worst + sign * margin;
  return SHARES.map((c) =>
    gains.reduce((sum, [z, count]) => sum + count * Math.log1p((c * sign * (z - margin)) / scale), 0),
  );
}
