import type { Counts } from '../input.ts';
import { factorsOfBad, factorsOfBoth } from './block-factors.ts';
import { firstStart, type LateStarts, startUpTo, unstartedLog } from './late-starts.ts';
import { overshootBonus } from './overshoot.ts';
import { type Exposure, harmGrid } from './ratio-grid.ts';

/** Stable's rate from which good clients tell enough to be looked at. */
const FREQUENT = 0.02;
/** Good clients that are added to stable's past, so that a few bad ones are no base rate. */
const DOUBT = 10;

/** H0 `p1 <= rho*p0`, mixed over ratios above it and over starts. */
export interface RatioStarts {
  initial(): LateStarts;
  /** Both arms are in the block. `minute`: of it, since the beginning. `baseRate`: what is believed of stable's rate before it; 0: good clients are not looked at. */
  observe(process: LateStarts, minute: number, block: Exposure, baseRate: number): LateStarts;
}

/** `needed`: E that is enough; what is won beyond it is given up (`overshoot.ts`). */
export function ratioStarts(rho: number, needed: number): RatioStarts {
  const grid = harmGrid(rho);
  const limit = Math.log(needed);

  function observe(before: LateStarts, minute: number, block: Exposure, baseRate: number): LateStarts {
    const { e1, e0 } = block;
    const isFrequent = baseRate >= FREQUENT;
    // A block that says nothing is no reason to start either: what starts later, with nothing in between, is the same.
    if (!isFrequent && e1 + e0 === 0) return before;
    const process = startUpTo(before, minute);
    const factors = isFrequent ? factorsOfBoth(grid, block, baseRate) : factorsOfBad(grid, block);
    const { exposure, candidate, stable } = factors;
    const logs = process.logs.slice();
    for (let j = 0; j < logs.length; j++) {
      logs[j] = logs[j]! + exposure[j]! + e1 * candidate[j]! + e0 * stable[j]!;
    }
    const bonus = overshootBonus(logs, unstartedLog(process), factors, rho, block, limit);
    return { minute: process.minute, logs: bonus === 0 ? logs : logs.map((log) => log + bonus) };
  }

  return { initial: () => firstStart(grid.size), observe };
}

/**
 * Stable's rate before a block, from the totals with it; lower by about its standard error, because too high a guess costs more
 * than too low a one. Nothing of the block itself may be in it: a guess that has seen what it is for would make any evidence.
 */
export function pastRate({ n, bad }: Counts, block: Exposure): number {
  const before = Math.max(0, bad - block.e0);
  return Math.max(0, before - Math.sqrt(before)) / (n - block.n0 + DOUBT);
}
