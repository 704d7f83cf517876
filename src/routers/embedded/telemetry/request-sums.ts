import { noRequests, REQUEST_OUTCOMES, type RequestOutcome } from '../../../core/ports.ts';
import { BUCKETS, bucketOf } from '../../../judge/histogram.ts';
import type { RequestSums } from './arm.ts';

/** Adds up what no client has to be known for. */
export interface RequestSummer {
  /** As {@link Tally.request}. */
  request(outcome: RequestOutcome, latency: number | null, bytesOut: number): void;
  add(sums: RequestSums): void;
  /** What came since the last call; null: nothing. */
  drain(): RequestSums | null;
}

export function createRequestSums(): RequestSummer {
  let requests = noRequests();
  const latencies = new Uint32Array(BUCKETS);
  let bytes = 0;
  let touched = false;
  return {
    request(outcome, ms, bytesOut) {
      requests[outcome] += 1;
      bytes += bytesOut;
      touched = true;
      if (ms === null) return;
      latencies[bucketOf(ms * 1000)]! += 1;
    },
    add(sums) {
      for (const outcome of REQUEST_OUTCOMES) requests[outcome] += sums.requests[outcome];
      for (const [bucket, count] of sums.latency) latencies[bucket]! += count;
      bytes += sums.bytesOut;
      touched = true;
    },
    drain() {
      if (!touched) return null;
      const sums = { requests, latency: sparse(latencies), bytesOut: bytes };
      requests = noRequests();
      latencies.fill(0);
      bytes = 0;
      touched = false;
      return sums;
    },
  };
}

/** Of a block in which no request ended. */
export const noSums = (): RequestSums => ({ requests: noRequests(), latency: [], bytesOut: 0 });

function sparse(counts: Uint32Array): [number, number][] {
  const pairs: [number, number][] = [];
  counts.forEach((count, bucket) => {
    if (count > 0) pairs.push([bucket, count]);
  });
  return pairs;
}
