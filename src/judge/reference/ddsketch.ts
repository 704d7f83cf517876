/**
 * Bucket of a value in DDSketch with logarithmic mapping: every value in it is within `relativeAccuracy` of the
 * representative. Masson, Rim & Lee, DDSketch (VLDB 2019).
 */
export function ddsketchBucket(value: number, relativeAccuracy: number) {
  const gamma = (1 + relativeAccuracy) / (1 - relativeAccuracy);
  const index = Math.ceil(Math.log(value) / Math.log(gamma));
  const upperEdge = gamma ** index;
  return { gamma, index, representative: (2 * upperEdge) / (gamma + 1), upperEdge };
}
