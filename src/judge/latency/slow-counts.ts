import { BUCKETS } from '../histogram.ts';
import { type Counts, checkCount, JudgeInputError } from '../input.ts';
import { slowCount } from './cut-points.ts';

/** Requests by latency bucket, `[bucket, count]`, each bucket at most once. */
export type Latencies = readonly (readonly [number, number])[];

/** One arm's requests, one of each client and minute: the first. */
export interface ArmLatency {
  /** That ended since the last block, however they ended, by their whole time. */
  readonly ended: Latencies;
  /** That are in flight at the end of the block, by their time so far. */
  readonly inFlight: Latencies;
}

/**
 * Requests that have been decided since the last block: `n` ended or became slow, `bad` are slow. A request counts as slow as
 * soon as its time passes the cut, in flight or not; otherwise the slowest would be missing just when they matter, and a
 * release that hangs would look like one without traffic. `pending` are those in flight that were counted before.
 *
 * A quick request is decided sooner than a slow one. So for as long as the cut after a change of weight, an arm with fewer clients
 * than before looks slower than it is, and one with more quicker: towards safe, not towards harm, while candidate grows.
 */
export function countSlow(
  pending: number,
  { ended, inFlight }: ArmLatency,
  cut: number,
): { readonly counts: Counts; readonly pending: number } {
  const slowEnded = slowCount(ended, cut);
  const slowInFlight = slowCount(inFlight, cut);
  const all = ended.reduce((sum, [, count]) => sum + count, 0);
  // Fewer than before and none that ended: the router has lost some. They were slow, and nothing is taken back.
  const slow = Math.max(0, slowEnded + slowInFlight - pending);
  return { counts: { n: all - slowEnded + slow, bad: slow }, pending: slowInFlight };
}

/** Throws with the path of what cannot be used. */
export function checkLatency(field: string, { ended, inFlight }: ArmLatency): void {
  for (const [name, latencies] of Object.entries({ ended, inFlight })) {
    for (const [bucket, count] of latencies) {
      checkCount(`${field}.${name}`, count);
      if (!(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS)) {
        throw new JudgeInputError(`${field}.${name}`, `has no such bucket: ${bucket}`);
      }
    }
  }
}
