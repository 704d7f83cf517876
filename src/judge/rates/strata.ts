import type { BlockCounts } from '../input.ts';
import type { Exposure } from './ratio-grid.ts';

/** A block in two parts, each with those clients who might have turned bad in it. */
export interface Strata {
  /** Those who came in this block. */
  readonly come: Exposure;
  /** Those who turned bad later, out of all who were fine until then. */
  readonly late: Exposure;
}

/**
 * Who came in an earlier block and turns bad in this one is none of the clients who came in this one. Were such a client compared with
 * their numbers, which are small and left to chance once most regulars have come, chance would be taken for evidence: 13 to
 * 21 % of healthy hours with an audience that comes back were harm (`bench/judge/healthy.ts`). Exposure is right for each part by itself.
 * Without clients of both arms to compare with, late ones are counted with those who came.
 */
export function strataOf(stable: BlockCounts, candidate: BlockCounts): Strata {
  const late = {
    n1: candidate.n + (candidate.fine ?? 0),
    e1: candidate.late ?? 0,
    n0: stable.n + (stable.fine ?? 0),
    e0: stable.late ?? 0,
  };
  const come = { n1: candidate.n, e1: candidate.bad, n0: stable.n, e0: stable.bad };
  if (late.e1 + late.e0 === 0 || !isComparable(late)) return { come, late: NOBODY };
  return { come: { ...come, e1: come.e1 - late.e1, e0: come.e0 - late.e0 }, late };
}

export const NOBODY: Exposure = { n1: 0, e1: 0, n0: 0, e0: 0 };

/**
 * Both arms or nothing: a block without one says nothing of a ratio. The rule looks at n alone, never at e. With 2 clients of stable in
 * place of 4 the test needs 1 % more of them: the smaller a block, the more its exposure is left to chance.
 */
export const isComparable = ({ n1, n0 }: Exposure): boolean => n1 >= 1 && n0 >= 4;

/** Two blocks as one. */
export const together = (a: Exposure, b: Exposure): Exposure => ({
  n1: a.n1 + b.n1,
  e1: a.e1 + b.e1,
  n0: a.n0 + b.n0,
  e0: a.e0 + b.e0,
});
