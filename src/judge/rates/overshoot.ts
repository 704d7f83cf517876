import { logSumExp } from '../logs.ts';
import type { BlockFactors } from './block-factors.ts';
import type { Exposure } from './ratio-grid.ts';

/**
 * What a test would win beyond 1/alpha is of no use to it: harm is harm. So it gives that up, and is paid for it where
 * the block goes the other way: a bad client of stable, where one of candidate would have won too much, costs it less.
 * Fischer & Ramdas, improving Wald's (approximate) sequential probability ratio test by avoiding overshoot (arXiv
 * 2410.16076), here for two rates that are not known.
 *
 * Why it stays a test. Let G be the mixture after a block and C = 1/alpha. What follows counts as min(G, C), plus a bonus
 * for the outcome (e1, e0) paid by its neighbour (e1+1, e0-1), whose G is above C. Where all clients of an arm share its rate, the
 * neighbour is `(n1-e1)/(e1+1) * e0/(n0-e0+1)` times the odds ratio as likely, and on the boundary `p1 = rho*p0`, rho >= 1,
 * the odds ratio is at least rho: the neighbour gives up at least what the bonus costs, whatever p0 is. Inside the null
 * hypothesis the expectation is no higher, because what counts grows with e1: hence the bonus is cut where it would lift the outcome
 * above (e1+1, e0). Each outcome pays for one other only.
 *
 * Returns ln of the factor on everything that has started; 0 where there is no bonus.
 */
export function overshootBonus(
  /** ln of each alternative after the block. */
  after: readonly number[],
  /** ln of what has not started yet. */
  unstarted: number,
  factors: BlockFactors,
  rho: number,
  block: Exposure,
  /** ln(1/alpha) */
  needed: number,
): number {
  const { n1, e1, n0, e0 } = block;
  if (rho < 1 || e0 < 1 || e0 >= n0 + 1 || e1 >= n1) return 0;
  // Cheap, and nearly always the end of it: far from the end of the test nothing can be won beyond it.
  const most = needed - Math.log(after.length + 1);
  const { candidate, stable } = factors;
  if (unstarted < most && after.every((log, j) => log + candidate[j]! - stable[j]! < most)) return 0;
  const total = (logs: readonly number[]) => logSumExp([...logs, unstarted]);
  const swapped = after.map((log, j) => log + candidate[j]! - stable[j]!);
  const neighbour = total(swapped);
  const here = total(after);
  if (neighbour <= needed || here >= needed) return 0;
  const above = Math.min(needed, total(after.map((log, j) => log + candidate[j]!)));
  const paid =
    ((rho * (n1 - e1) * e0) / ((e1 + 1) * (n0 - e0 + 1))) * (Math.exp(neighbour) - Math.exp(needed));
  const bonus = Math.min(paid, Math.exp(above) - Math.exp(here));
  return bonus > 0 ? Math.log1p(bonus / Math.exp(logSumExp(after))) : 0;
}
