import { BUCKETS } from '../histogram.ts';
import { type Counts, checkCount, JudgeInputError } from '../input.ts';
import { slowCount } from './cut-points.ts';

/** Requests by latency bucket, `[bucket, count]`, each bucket at most once. */
export type Latencies = readonly (readonly [number, number])[];

/** One arm's requests, one of each client and minute: the first. */
export interface ArmLatency {
  /** That ended since the last block, by their whole time. */
  readonly ended: Latencies;
  /** That nobody will know the time of, by what they took at least: their client went away. Default: none. */
  readonly left?: Latencies;
  /** By how much the numbers in flight have changed since the last block, by time so far; their sum is never negative. */
  readonly inFlight: Latencies;
}

/**
 * Requests that have been decided since the last block: `n` ended or became slow, `bad` are slow. A request counts as slow as
 * soon as its time passes the cut, in flight or not; otherwise the slowest would be missing just when they matter, and a
 * release that hangs would look like one without traffic. Each counts once: where it leaves the numbers in flight, the change is
 * negative. One that was left before it was slow says nothing, and is no evidence for either side.
 *
 * A quick request is decided sooner than a slow one. So for as long as the cut after a change of weight, an arm with fewer clients
 * than before looks slower than it is, and one with more quicker: towards safe, not towards harm, while candidate grows.
 *
 * Throws where more goes out of flight than was in it.
 */
export function countSlow({ ended, left = [], inFlight }: ArmLatency, cut: number): Counts {
  const slowEnded = slowCount(ended, cut);
  const slow = slowEnded + slowCount(left, cut) + slowCount(inFlight, cut);
  if (slow < 0) throw new JudgeInputError('inFlight', 'takes back more slow requests than ended');
  const all = ended.reduce((sum, [, count]) => sum + count, 0);
  return { n: all - slowEnded + slow, bad: slow };
}

/** Throws with the path of what cannot be used. */
export function checkLatency(field: string, { ended, left = [], inFlight }: ArmLatency): void {
  for (const [name, latencies] of Object.entries({ ended, left, inFlight })) {
    for (const [bucket, count] of latencies) {
      checkCount(`${field}.${name}`, name === 'inFlight' ? Math.abs(count) : count);
      if (!(Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS)) {
        throw new JudgeInputError(`${field}.${name}`, `has no such bucket: ${bucket}`);
      }
    }
  }
}
