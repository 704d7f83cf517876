import type { Colour } from '../../../core/model.ts';
import { noRequests, REQUEST_OUTCOMES, type RequestOutcome, type TrafficBlock } from '../../../core/ports.ts';
import { upperEdge } from '../../../judge/histogram.ts';

/** What was counted of one service in one environment since the router started, of all its releases. */
export interface Total {
  readonly service: string;
  readonly environment: Colour;
  readonly requests: Readonly<Record<RequestOutcome, number>>;
  readonly bytesOut: number;
  /** Requests at most that slow, by the limits of {@link LATENCIES}; the last has all. */
  readonly atMost: readonly number[];
  /** Seconds; each request at the middle of its bucket, so at most 3 % off. */
  readonly latencySum: number;
}

/** Sums of blocks, which are lost with the process as Prometheus expects it of counters. */
export interface Totals {
  add(blocks: readonly Omit<TrafficBlock, 'number'>[]): void;
  forget(service: string): void;
  all(): readonly Total[];
}

/** Upper limits in seconds. */
export const LATENCIES: readonly number[] = [
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  Number.POSITIVE_INFINITY,
];

/** `from`: what another process has added up. */
export function createTotals(from: readonly Total[] = []): Totals {
  const totals = new Map<string, Sum>(
    from.map((total) => [
      keyOf(total),
      { ...total, requests: { ...total.requests }, atMost: [...total.atMost] },
    ]),
  );
  return {
    add(blocks) {
      for (const block of blocks) {
        const key = keyOf(block);
        let sum = totals.get(key);
        if (sum === undefined) {
          sum = empty(block);
          totals.set(key, sum);
        }
        addTo(sum, block);
      }
    },
    forget(service) {
      for (const [key, sum] of totals) if (sum.service === service) totals.delete(key);
    },
    all: () => [...totals.values()],
  };
}

const keyOf = ({ service, environment }: Pick<Total, 'service' | 'environment'>): string =>
  `${service}\n${environment}`;

interface Sum extends Total {
  readonly requests: Record<RequestOutcome, number>;
  bytesOut: number;
  readonly atMost: number[];
  latencySum: number;
}

function empty({ service, environment }: Pick<Total, 'service' | 'environment'>): Sum {
  return {
    service,
    environment,
    requests: noRequests(),
    bytesOut: 0,
    atMost: LATENCIES.map(() => 0),
    latencySum: 0,
  };
}

function addTo(sum: Sum, block: Omit<TrafficBlock, 'number'>): void {
  for (const outcome of REQUEST_OUTCOMES) sum.requests[outcome] += block.requests[outcome];
  sum.bytesOut += block.bytesOut;
  for (const [bucket, count] of block.latency) {
    const upper = upperEdge(bucket);
    const lower = bucket === 0 ? 0 : upperEdge(bucket - 1);
    const seconds = (lower + upper) / 2 / 1e6;
    sum.latencySum += seconds * count;
    for (let i = 0; i < LATENCIES.length; i += 1) if (seconds <= LATENCIES[i]!) sum.atMost[i]! += count;
  }
}
