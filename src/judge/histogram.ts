/**
 * Latency buckets with fixed edges, shared by the router (which counts) and the judge (which cuts at edges, so that
 * counts of slow requests are exact). Log-linear in microseconds: 16 buckets an octave above 16 us, so an edge is at
 * most 6.25 % above the one before; from 1 us to 2^32 us (71 minutes), the last bucket holds all above.
 */
const SUB_BITS = 4;
const SUB = 1 << SUB_BITS;

/** Number of buckets. */
export const BUCKETS = SUB * (32 - SUB_BITS + 1);

/** Bucket of a latency in microseconds; negative or NaN counts as 0. */
export function bucketOf(microseconds: number): number {
  if (!(microseconds > 0)) return 0;
  if (microseconds >= 4_294_967_296) return BUCKETS - 1;
  const value = microseconds >>> 0;
  if (value < SUB) return value;
  const exponent = 31 - Math.clz32(value) - SUB_BITS;
  return SUB * (exponent + 1) + ((value >>> exponent) - SUB);
}

/** Smallest latency (microseconds) that is above the bucket: its exclusive upper edge. */
export function upperEdge(bucket: number): number {
  if (bucket < SUB) return bucket + 1;
  const exponent = Math.floor(bucket / SUB) - 1;
  return (SUB + (bucket % SUB) + 1) * 2 ** exponent;
}

/**
 * The `q`-quantile (0-1) in microseconds of sparse counts `[bucket, count]`: the upper edge of the bucket where the
 * rank falls, so at most 6.25 % above the true value. null where nothing was counted.
 */
export function quantile(counts: Iterable<readonly [number, number]>, q: number): number | null {
  const sorted = [...counts].sort((a, b) => a[0] - b[0]);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let rank = Math.max(1, Math.ceil(q * total));
  for (const [bucket, count] of sorted) {
    rank -= count;
    if (rank <= 0) return upperEdge(bucket);
  }
  return upperEdge(sorted[sorted.length - 1]![0]);
}
