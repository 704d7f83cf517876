/** Clients' first requests of both arms, added up over blocks. Pure; plain data. */
import type { FirstRequests, LatencyCounts } from '../core/ports.ts';

/** Of both arms, for one weight of the candidate (basis points; 0: clients had no arm of their own). */
export interface Firsts extends Readonly<Record<'stable' | 'candidate', Omit<FirstRequests, 'weight'>>> {
  readonly weight: number;
}

export interface LatencyReading extends Firsts {
  /** Unix ms of the beginning of its second. */
  readonly at: number;
}

const NONE: Omit<FirstRequests, 'weight'> = { ended: [], left: [], inFlight: [] };

export function withFirsts(
  before: readonly Firsts[],
  arm: 'stable' | 'candidate',
  counted: readonly FirstRequests[],
): readonly Firsts[] {
  return counted.reduce((known, { weight, ended, left, inFlight }) => {
    const same = known.find((one) => one.weight === weight) ?? { weight, stable: NONE, candidate: NONE };
    const sum = {
      ended: addCounts(same[arm].ended, ended),
      left: addCounts(same[arm].left, left),
      inFlight: addCounts(same[arm].inFlight, inFlight),
    };
    return [...known.filter((one) => one !== same), { ...same, [arm]: sum }];
  }, before);
}

/** Sums by bucket, those of nothing left out. */
export function addCounts(one: LatencyCounts, other: LatencyCounts): LatencyCounts {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const sums = new Map(one);
  for (const [bucket, count] of other) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  return [...sums].filter(([, count]) => count !== 0);
}
