/** What is asked of a rollout, and by which test. */
import { JUDGE_DEFAULTS, type ServiceSpec } from '../core/service/service-spec.ts';
import {
  type HistoryTest,
  historyTest,
  type LatencyTest,
  type RateTest,
  rateTest,
  sampleRatioTest,
} from '../judge/index.ts';
import { type LatencyRecord, latencySpecOf, latencyTestOf } from './latency.ts';
import type { Past } from './past.ts';

/** One metric's question. */
export interface MetricQuestion {
  readonly metric: string;
  readonly tolerate: number;
  readonly floor: number;
}

/** The rates that are judged in a rollout of a release with this spec: errors, and what its owner measures. */
export function questionsOf(spec: ServiceSpec): readonly MetricQuestion[] {
  const { tolerate, floor } = spec.judge.errors;
  return [
    { metric: 'errors', tolerate, floor },
    ...spec.metrics.map(({ name, tolerate, floor }) => ({ metric: name, tolerate, floor })),
  ];
}

/** How many metrics share the chance of a false alarm. */
export const metricCount = (spec: ServiceSpec): number =>
  questionsOf(spec).length + (latencySpecOf(spec) === null ? 0 : 1);

/** E values at which a metric is harm or safe. */
export function neededOf(spec: ServiceSpec): { readonly harm: number; readonly safe: number } {
  return { harm: metricCount(spec) / spec.judge.alphaHarm, safe: 1 / spec.judge.alphaSafe };
}

/**
 * The test against stable. Several metrics share the chance of a false alarm, so one that proves harm alone proves it for
 * all together, too; each must be safe by itself.
 */
export function rateTestOf(spec: ServiceSpec, { metric, tolerate, floor }: MetricQuestion): RateTest {
  const known = TESTS.get(spec) ?? new Map<string, RateTest>();
  TESTS.set(spec, known);
  let test = known.get(metric);
  if (test === undefined) {
    const alphaHarm = spec.judge.alphaHarm / metricCount(spec);
    test = rateTest({ tolerate, floor, alphaHarm, alphaSafe: spec.judge.alphaSafe });
    known.set(metric, test);
  }
  return test;
}

/** To make a test takes longer than to feed it a block. */
const TESTS = new WeakMap<ServiceSpec, Map<string, RateTest>>();

/** So many times as often may bursts such as the past had raise an alarm that only compares again. */
const BURSTS_TIMES = 20;
/** A chance for all that: the most that `alpha-bake` itself may be. */
const MOST_BURSTS = 0.5;

/** The chance of an alarm by bursts such as the past had, from a metric's share of `alpha-bake`. */
export const alphaBurstsOf = ({ onAlarm }: ServiceSpec, alphaBake: number): number =>
  onAlarm === 'retreat' ? Math.min(MOST_BURSTS, BURSTS_TIMES * alphaBake) : alphaBake;

/** The test against the past, in the bake. */
export function historyTestOf(spec: ServiceSpec, { metric, floor }: MetricQuestion, past: Past): HistoryTest {
  const known = HISTORY_TESTS.get(past);
  if (known?.spec === spec && known.metric === metric) return known.test;
  const alphaBake = (spec.judge.alphaBake ?? JUDGE_DEFAULTS.alphaBake) / metricCount(spec);
  const test = historyTest({
    floor,
    pastClients: past.n,
    pastBad: Math.min(past.n, past.bad),
    alphaBake,
    // Half of the clients go back for two minutes, and four such alarms in a row take the release back: once in many millions of bakes.
    alphaBursts: alphaBurstsOf(spec, alphaBake),
    // 1 % is a guess at what fails ordinarily. Of errors it is a fair one; what a command counts may be anything.
    ...(metric === 'errors' ? {} : { enough: 1 }),
    ...(past.ordinary === undefined ? {} : { ordinary: past.ordinary }),
  });
  HISTORY_TESTS.set(past, { spec, metric, test });
  return test;
}

const HISTORY_TESTS = new WeakMap<Past, { spec: ServiceSpec; metric: string; test: HistoryTest }>();

/** The test of latency at a rollout's cuts; null: it is not judged. */
export function latencyTestFor(spec: ServiceSpec, cuts: LatencyRecord['cuts']): LatencyTest | null {
  const latency = latencySpecOf(spec);
  if (latency === null) return null;
  const known = LATENCY_TESTS.get(cuts);
  if (known?.spec === spec) return known.test;
  const { alphaHarm, alphaSafe } = spec.judge;
  const test = latencyTestOf(latency, cuts, alphaHarm / metricCount(spec), alphaSafe);
  LATENCY_TESTS.set(cuts, { spec, test });
  return test;
}

const LATENCY_TESTS = new WeakMap<LatencyRecord['cuts'], { spec: ServiceSpec; test: LatencyTest }>();

/** Whether clients follow the weights. */
export const ASSIGNMENT = sampleRatioTest();
