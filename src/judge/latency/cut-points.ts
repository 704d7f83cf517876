import { bucketOf, quantile, upperEdge } from '../histogram.ts';
import { checkPositive, checkShare } from '../input.ts';

/** A request is slow where its latency is at or above the edge: so counts of slow requests from a histogram are exact. */
export interface CutPoint {
  /** `slo`, `p50`, `p99.9`. */
  readonly name: string;
  /** Edge of the histogram (`histogram.ts`), microseconds. */
  readonly microseconds: number;
  /** Share of stable's requests that were slow in the past, 0-1; null: not known. */
  readonly expected: number | null;
  /** Edge for the candidate, where it may be slower than stable. Default: the same. */
  readonly candidate?: number;
  /** As in the options of the test, for this cut alone. */
  readonly floor?: number;
  /** Beyond the other cuts, and judged from the candidate's first request on, however cold it is. Safe does not wait for it. */
  readonly cold?: boolean;
}

export interface CutPointSources {
  /** A limit that was promised, in milliseconds; null: none. */
  readonly slo: number | null;
  /** Stable's requests of the recent past by bucket, `[bucket, count]`. */
  readonly past: readonly (readonly [number, number])[];
  /** Quantiles of the past to cut at, 0-1. Default .5, .95, .99. */
  readonly quantiles?: readonly number[];
}

export interface CutPoints {
  readonly cuts: readonly CutPoint[];
  /** Quantiles that the past is too short for, or that fall on another cut, with the reason. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

/** A quantile with fewer slow requests than this beyond it is a guess. */
const ENOUGH_BEYOND = 10;

/**
 * Where to cut, from an SLO and stable's own past. Call it once, before candidate has traffic, and keep the result: a cut
 * that follows what it judges finds nothing. An SLO between two edges goes to the upper one, so that nothing within it
 * counts as slow. A cut needs not be exact to be valid; it is the same for both arms.
 */
export function cutPoints({ slo, past, quantiles = [0.5, 0.95, 0.99] }: CutPointSources): CutPoints {
  const cuts: CutPoint[] = [];
  const left: { name: string; reason: string }[] = [];
  const total = past.reduce((sum, [, count]) => sum + count, 0);
  const slowShare = (edge: number) => (total === 0 ? null : slowCount(past, edge) / total);

  function add(name: string, microseconds: number): void {
    const same = cuts.find((cut) => cut.microseconds === microseconds);
    if (same === undefined) cuts.push({ name, microseconds, expected: slowShare(microseconds) });
    else left.push({ name, reason: `is the same as ${same.name}` });
  }

  if (slo !== null) {
    checkPositive('slo', slo);
    add('slo', edgeAtOrAbove(slo * 1000));
  }
  for (const q of quantiles) {
    checkShare('quantiles', q);
    const name = `p${Number((q * 100).toPrecision(6))}`;
    const beyond = total * (1 - q);
    if (beyond < ENOUGH_BEYOND) {
      left.push({ name, reason: `only ${total} requests in the past` });
    } else {
      add(name, quantile(past, q)!);
    }
  }
  return { cuts, left };
}

/** Requests at or above an edge, of `[bucket, count]`; exact, because a bucket lies on one side of it. */
export function slowCount(counts: readonly (readonly [number, number])[], microseconds: number): number {
  return counts.reduce((sum, [bucket, count]) => (upperEdge(bucket) > microseconds ? sum + count : sum), 0);
}

/** The least edge that is not below. */
export function edgeAtOrAbove(microseconds: number): number {
  const bucket = bucketOf(microseconds);
  const lower = bucket === 0 ? 0 : upperEdge(bucket - 1);
  return lower === microseconds ? lower : upperEdge(bucket);
}
