/** Latency in the bake: the shares of slow requests at the cuts, against what the service's last hour had of them. Plain data that survives JSON. */
import { ALL } from '../core/model.ts';
import { JUDGE_DEFAULTS, type ServiceSpec } from '../core/service/service-spec.ts';
import {
  addSwing,
  type CutPoint,
  countSlow,
  type HistoryState,
  type HistoryTest,
  historyTest,
  NO_SWINGS,
  ordinaryOf,
  type Swings,
  slowCount,
} from '../judge/index.ts';
import type { LatencyReading } from '../metrics/firsts.ts';
import { cutsOf, ENOUGH_LATE, FLOOR_RATE, type LatencyPast, latencySpecOf, pastCounts } from './latency.ts';
import { type Past, worseOf } from './past.ts';
import { alphaBurstsOf, metricCount } from './questions.ts';

/** What is judged in one bake. */
export interface LatencyBake {
  /** Unix ms; what came before is not in it. */
  readonly since: number;
  /** Since when all cuts count, Unix ms: a release that was never beside stable warms up first. */
  readonly warmFrom: number;
  /** Whether too little is known of the past to judge anything. */
  readonly isUnknown: boolean;
  readonly cuts: readonly BakedCut[];
}

export interface BakedCut {
  readonly cut: CutPoint;
  readonly past: Past;
  readonly state: HistoryState;
}

/** A cut that so many of the past were beyond says nothing here: twice as many are nearly all. */
const FREQUENT = 0.4;
/** Of how the past varied there are only minutes; slow requests come in bursts, by so much of their rate at least. */
const LEAST_VARIATION = 0.25;

/**
 * Begins with all traffic on the candidate. `compared`: the rollout's cuts, and how stable's slow requests varied in the comparison before; null: there was
 * none, so cuts are made now. Where an alarm takes the release back by itself only promises and stalls count, because nobody can tell a release that is
 * slower than the one before from a busier hour.
 */
export function startLatencyBake(
  spec: ServiceSpec,
  past: LatencyPast,
  compared: { readonly cuts: readonly CutPoint[]; readonly lately: readonly Swings[] } | null,
  now: number,
): LatencyBake | null {
  const latency = latencySpecOf(spec);
  if (latency === null) return null;
  const counts = pastCounts(past);
  const n = counts.reduce((sum, [, count]) => sum + count, 0);
  const warmFrom = compared === null ? now + latency.warmUp : now;
  if (n < ENOUGH_LATE) return { since: now, warmFrom, isUnknown: true, cuts: [] };
  const all = compared?.cuts ?? cutsOf(latency, past);
  const baked = all.flatMap((cut, j) => {
    if (spec.onAlarm === 'rollback' && cut.candidate !== undefined) return [];
    const day = { n, bad: slowCount(counts, cut.microseconds) };
    const known = pastAt(day, compared?.lately[j] ?? NO_SWINGS);
    return known.bad > FREQUENT * known.n ? [] : [{ cut, past: known }];
  });
  return {
    since: now,
    warmFrom,
    isUnknown: false,
    cuts: baked.map((one) => ({ ...one, state: latencyHistoryTest(spec, one, baked.length).initial() })),
  };
}

function pastAt(day: Past, lately: Swings): Past {
  const past = worseOf(day, lately);
  const ordinary = ordinaryOf(NO_SWINGS, lately);
  const least = LEAST_VARIATION * (past.bad / past.n);
  const bursts = ordinary.bursts.map((one) => ({ ...one, scale: Math.max(least, one.scale) }));
  return { ...past, ordinary: { ...ordinary, bursts, within: Math.max(least, ordinary.within) } };
}

/** The test of one of so many cuts, which share the chance of a false alarm. */
export function latencyHistoryTest(
  spec: ServiceSpec,
  { cut, past }: Pick<BakedCut, 'cut' | 'past'>,
  cuts: number,
): HistoryTest {
  const known = TESTS.get(past);
  if (known?.spec === spec) return known.test;
  const alphaBake = (spec.judge.alphaBake ?? JUDGE_DEFAULTS.alphaBake) / (metricCount(spec) * cuts);
  const test = historyTest({
    floor: cut.floor ?? FLOOR_RATE,
    pastClients: past.n,
    pastBad: Math.min(past.n, past.bad),
    alphaBake,
    alphaBursts: alphaBurstsOf(spec, alphaBake),
    enough: 1,
    ...(past.ordinary === undefined ? {} : { ordinary: past.ordinary }),
  });
  TESTS.set(past, { spec, test });
  return test;
}

const TESTS = new WeakMap<Past, { spec: ServiceSpec; test: HistoryTest }>();

/** Whether a reading is one of the candidate alone. By instances there is no weight. */
export const isAlone = ({ since }: LatencyBake, { at, weight }: LatencyReading): boolean =>
  at >= since && (weight === ALL || weight === 0);

/** One reading more. Throws the judge's error for impossible counts. */
export function recordLatencyBake(
  bake: LatencyBake,
  spec: ServiceSpec,
  { at, candidate }: LatencyReading,
): LatencyBake {
  return {
    ...bake,
    cuts: bake.cuts.map((one) => {
      if (at < bake.warmFrom && one.cut.cold !== true) return one;
      const { n, bad } = countSlow(candidate, one.cut.candidate ?? one.cut.microseconds);
      const test = latencyHistoryTest(spec, one, bake.cuts.length);
      return { ...one, state: test.observe(one.state, { at, n, bad }) };
    }),
  };
}

/** How stable's slow requests vary at each cut, one reading more. Throws the judge's error for impossible counts. */
export function withSlow(
  lately: readonly Swings[],
  cuts: readonly CutPoint[],
  { at, stable }: LatencyReading,
): readonly Swings[] {
  return cuts.map(({ microseconds }, j) =>
    addSwing(lately[j] ?? NO_SWINGS, at, countSlow(stable, microseconds)),
  );
}
