/** What latency says, for people. */
import type { MetricVerdict } from '../core/world.ts';
import { type CutPoint, type ExplainNames, explain, type LatencyVerdict } from '../judge/index.ts';
import { ENOUGH_LATE, type LatencyPast, pastSize } from './latency.ts';

const METRIC = 'latency';
const UNBOUNDED_RATIO = [0, 1e300] as const;

/** By the cut with the most evidence of harm; where there is none of it, by the one that safe waits for. */
export function latencyVerdict(found: LatencyVerdict, names: ExplainNames): MetricVerdict {
  const { verdict, e, needed, leaningSafe } = found;
  const isSuspect = verdict === 'harm' || found.harmNow > 1;
  // Safe does not wait for the stall, which comes last.
  const shown = found.cuts.reduce((most, one) =>
    (isSuspect ? one.cut === found.worst : one.cut.cold !== true && one.rate.e.safe < most.rate.e.safe)
      ? one
      : most,
  );
  const { ratio, candidate, stable } = shown.rate;
  const words = {
    ...names,
    unit: { one: 'request', many: 'requests' },
    bad: slowInWords(shown.cut, names.stable),
    subject: false,
  };
  const explanation = explain(METRIC, { ...shown.rate, verdict, e, needed }, words);
  return { metric: METRIC, verdict, e, ratio, candidate, stable, leaningSafe, explanation };
}

/** After "12 of 40 requests". */
export function slowInWords(
  { name, microseconds, candidate = microseconds }: CutPoint,
  stable: string,
): string {
  const own = milliseconds(candidate);
  if (name === 'stall') return `took ${own} or longer`;
  if (candidate === microseconds) return `took ${own} or longer (${name})`;
  return `took ${own} or longer (for ${stable} its ${name}, ${milliseconds(microseconds)})`;
}

/** Requests of the candidate at each cut without which nothing is said. */
const ENOUGH = 5;

const leastRequests = ({ cuts }: LatencyVerdict): number =>
  Math.min(...cuts.map(({ rate }) => rate.candidate.n));

/** Whether hardly anything is known of the candidate but what it did while it warmed up. */
export const isCold = (found: LatencyVerdict): boolean => leastRequests(found) < ENOUGH;

export const whyCold = (found: LatencyVerdict, { candidate }: ExplainNames): string =>
  `since ${candidate} has warmed up it answered ${leastRequests(found)} requests, and ${ENOUGH} are needed`;

/** Why there are no cuts to judge it at. */
export function whyUncut(past: LatencyPast, isCompared: boolean, stable: string): string {
  return isCompared
    ? requestsKnown(pastSize(past), stable)
    : 'compared only while both releases have clients';
}

/** That too little is known. */
export function requestsKnown(known: number, stable: string): string {
  const requests = known === 0 ? 'no request' : known === 1 ? '1 request' : `${known} requests`;
  return `too little is known of how quick ${stable} was: ${requests} of the last hour; it is judged from ${ENOUGH_LATE} on`;
}

/** Nothing is said, for a reason. */
export const silentLatency = (reason: string): MetricVerdict => ({
  metric: METRIC,
  verdict: 'undecided',
  e: { harm: 1, safe: 1 },
  ratio: UNBOUNDED_RATIO,
  candidate: { n: 0, bad: 0 },
  stable: { n: 0, bad: 0 },
  leaningSafe: false,
  explanation: `${reason}: undecided`,
});

/** `52 ms`, `5.12 s` */
function milliseconds(microseconds: number): string {
  const value = microseconds / 1000;
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))} s` : `${Number(value.toPrecision(3))} ms`;
}
