/** The clients of an epoch who came and were fine so far: those who may yet be hurt later than they came. Pure; plain data. */
import type { TrafficBlock } from '../core/ports.ts';

export interface Pool {
  /** In which each client counts once; '' before there was any. */
  readonly epoch: string;
  /** The one before: what still comes of it changes nothing. */
  readonly earlier: string;
  readonly stable: number;
  readonly candidate: number;
}

/** What one second changed, by epoch, in the order in which they were met. */
export type PoolChanges = readonly Omit<Pool, 'earlier'>[];

export const EMPTY_POOL: Pool = { epoch: '', earlier: '', stable: 0, candidate: 0 };

export function withBlock(
  changes: PoolChanges,
  { epoch, clients }: Pick<TrafficBlock, 'epoch' | 'clients'>,
  arm: 'stable' | 'candidate',
): PoolChanges {
  const known = changes.find((one) => one.epoch === epoch) ?? { epoch, stable: 0, candidate: 0 };
  const next = { ...known, [arm]: known[arm] + clients.seen - clients.hurt };
  return changes.some((one) => one.epoch === epoch)
    ? changes.map((one) => (one.epoch === epoch ? next : one))
    : [...changes, next];
}

/** After a second. A new epoch begins with nobody. */
export function poolAfter(pool: Pool, changes: PoolChanges): Pool {
  return changes.reduce<Pool>((before, { epoch, stable, candidate }) => {
    if (epoch === before.earlier) return before;
    const kept = epoch === before.epoch ? before : { stable: 0, candidate: 0 };
    return {
      epoch,
      earlier: epoch === before.epoch ? before.earlier : before.epoch,
      stable: Math.max(0, kept.stable + stable),
      candidate: Math.max(0, kept.candidate + candidate),
    };
  }, pool);
}

/** Who might have been hurt late in a second with these changes. */
export function poolIn(pool: Pool, changes: PoolChanges): Pick<Pool, 'stable' | 'candidate'> {
  return poolAfter(pool, changes).epoch === pool.epoch ? pool : EMPTY_POOL;
}
