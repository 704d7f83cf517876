import type { BlockCounts } from '../input.ts';
import { aboveLimit } from './absolute.ts';
import { firstStart, type LateStarts, startUpTo } from './late-starts.ts';

/** H0 `p <= limit`, mixed over alternatives above it and over starts. */
export interface AbsoluteStarts {
  /** `fine`: clients who came before the first block, were fine until then, and may yet turn bad. Default: none. */
  initial(fine?: number): LateStarts;
  /** `minute`: of the block, since the beginning. */
  observe(process: LateStarts, minute: number, block: BlockCounts): LateStarts;
}

/**
 * A client is counted when it comes and once more when it first turns bad, perhaps minutes later; a start in between must not see
 * the one without the other, or regulars would be evidence of harm by themselves. There are two ways out, with half of the
 * alternatives each, and both are E values whoever comes back how often:
 *
 * - a start begins with all who are fine so far, and counts whoever turns bad. If a client turns bad with probability at most p,
 *   then having been fine for a while it does so in the rest of the time with at most p too. Nobody is missed, but who has come
 *   already, and may never come back, weighs against a failure that begins now;
 * - a start begins with nobody and counts what clients meet in the block in which they come. It finds late failures at once,
 *   and misses those that only show later: requests that time out, and regulars.
 *
 * From the first start on, as long as nobody is late, both are the same.
 */
export function absoluteStarts(limit: number): AbsoluteStarts {
  const above = aboveLimit(limit);
  const size = above.length;

  const chargeOf = (fine: number) => (j: number) => (j < size ? fine * above[j]!.good : 0);

  function initial(fine = 0): LateStarts {
    const start = firstStart(2 * size);
    const charge = chargeOf(fine);
    return { ...start, logs: start.logs.map((log, j) => log + charge(j)) };
  }

  function observe(process: LateStarts, minute: number, block: BlockCounts): LateStarts {
    const { n, bad, late = 0, fine = 0 } = block;
    const started = startUpTo(process, minute, chargeOf(fine));
    if (n === 0 && bad === 0) return started;
    const logs = started.logs.slice();
    for (let j = 0; j < logs.length; j++) {
      const factor = above[j % size]!;
      const counted = j < size ? bad : bad - late;
      logs[j] = logs[j]! + counted * factor.bad + (n - counted) * factor.good;
    }
    return { minute: started.minute, logs };
  }

  return { initial, observe };
}
