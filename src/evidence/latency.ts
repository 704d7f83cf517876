/** Latency as evidence: where to cut, frozen before it counts, and the test at these cuts. Plain data that survives JSON. */

import { ALL } from '../core/model.ts';
import type { LatencySpec, ServiceSpec } from '../core/service/service-spec.ts';
import {
  type CutPoint,
  checkLatency,
  cutPoints,
  edgeAtOrAbove,
  type Latencies,
  type LatencyState,
  latencyTest,
} from '../judge/index.ts';
import { addCounts, type LatencyReading } from '../metrics/firsts.ts';

/** What is judged in one rollout. */
export interface LatencyRecord {
  /** Unix ms; what came before is not compared. */
  readonly frozenAt: number;
  readonly cuts: readonly CutPoint[];
  readonly state: LatencyState;
}

/** How long stable's requests took lately: in the part of an hour that runs, and in the one before. */
export interface LatencyPast {
  /** Unix ms. */
  readonly since: number;
  readonly running: Latencies;
  readonly before: Latencies;
}

/** Half of how far the past reaches back, ms. */
const PART = 30 * 60_000;
/** So many requests of stable must be known before cuts are made of what came during a rollout. */
export const ENOUGH_LATE = 200;
/** Requests of the candidate without which it is still cold. */
const COLD_REQUESTS = 20;
/** Rates of slow requests up to this are no harm at a cut that stable's past made. */
export const FLOOR_RATE = 0.001;
/** Nobody waits so long: ms, or so many times the highest cut. */
const STALL = 5_000;
const STALL_TIMES = 4;

export const NO_PAST: LatencyPast = { since: 0, running: [], before: [] };

/** Adds what stable did up to `now` (Unix ms). Throws the judge's error for impossible counts. */
export function withPast(past: LatencyPast, ended: Latencies, now: number): LatencyPast {
  checkLatency('stable', { ended, inFlight: [] });
  const age = now - past.since;
  if (age < PART) return { ...past, running: addCounts(past.running, ended) };
  return { since: now, running: ended, before: age < 2 * PART ? past.running : [] };
}

/** Stable's requests of the last hour. */
export const pastCounts = ({ running, before }: LatencyPast): Latencies => addCounts(running, before);

/** Requests that are known of the past. */
export const pastSize = (past: LatencyPast): number =>
  pastCounts(past).reduce((sum, [, count]) => sum + count, 0);

/** The settings, where latency is judged at all. */
export const latencySpecOf = ({ listen, judge }: ServiceSpec): LatencySpec | null =>
  listen === null ? null : (judge.latency ?? null);

/**
 * The cuts of a rollout; none where the past is too short for any. One for a stall comes with them: while the candidate is cold
 * it is the only one, and it finds a release that hangs.
 */
export function cutsOf(spec: LatencySpec, past: LatencyPast): readonly CutPoint[] {
  const counts = pastCounts(past);
  const limits = spec.limits.map(({ quantile, within }): CutPoint => {
    const [cut] = cutPoints({ slo: within, past: counts, quantiles: [] }).cuts;
    return { ...cut!, name: `limit of ${nameOf(quantile)}`, floor: Number((1 - quantile).toPrecision(6)) };
  });
  const relative = cutPoints({ slo: null, past: counts, quantiles: spec.thanStable }).cuts.map((cut) => ({
    ...cut,
    candidate: edgeAtOrAbove(Math.max(cut.microseconds * spec.tolerate, spec.floor * 1000)),
  }));
  const cuts = [...limits, ...relative];
  if (cuts.length === 0) return [];
  const highest = Math.max(...cuts.map(({ microseconds, candidate }) => candidate ?? microseconds));
  const stall = cutPoints({
    slo: Math.max(STALL, (STALL_TIMES * highest) / 1000),
    past: counts,
    quantiles: [],
  });
  return [...cuts, { ...stall.cuts[0]!, name: 'stall', cold: true }];
}

/** `p95` */
const nameOf = (quantile: number): string => `p${Number((quantile * 100).toPrecision(6))}`;

/** The test at these cuts; `alphaHarm` is latency's share of it. */
export function latencyTestOf(
  spec: LatencySpec,
  cuts: readonly CutPoint[],
  alphaHarm: number,
  alphaSafe: number,
) {
  return latencyTest({
    cuts,
    tolerate: spec.tolerate,
    floor: FLOOR_RATE,
    alphaHarm,
    alphaSafe,
    warmUp: { time: spec.warmUp, requests: COLD_REQUESTS },
  });
}

/** One reading more. Where the candidate had all clients there is nothing to compare. Throws the judge's error for impossible counts. */
export function recordLatency(
  record: LatencyRecord,
  { at, weight, stable, candidate }: LatencyReading,
  test: ReturnType<typeof latencyTestOf>,
): LatencyRecord {
  if (weight === ALL || at < record.frozenAt) return record;
  // Without an arm of their own, clients' chances follow the instances.
  const share = weight === 0 ? null : weight / ALL;
  return { ...record, state: test.observe(record.state, { at, share, stable, candidate }) };
}
