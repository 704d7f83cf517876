/** What the judge has seen of one rollout: plain data that survives JSON, and the pure steps that change it. */
import type { Colour } from '../core/model.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { Judging } from '../core/world.ts';
import {
  addSwing,
  type ExcessState,
  emptyExcess,
  type HistoryState,
  NO_SWINGS,
  observeExcess,
  type RateState,
  type SampleRatioState,
  type Swings,
  strataOf,
  weightedMeanLogE,
} from '../judge/index.ts';
import type { Arrivals, EvidenceBlock } from '../metrics/block.ts';
import type { LatencyReading } from '../metrics/firsts.ts';
import { startFold, type TrafficFold } from '../metrics/traffic.ts';
import type { Film } from './film.ts';
import {
  cutsOf,
  ENOUGH_LATE,
  type LatencyPast,
  type LatencyRecord,
  latencySpecOf,
  NO_PAST,
  pastSize,
  recordLatency,
} from './latency.ts';
import { isAlone, type LatencyBake, recordLatencyBake, startLatencyBake, withSlow } from './latency-bake.ts';
import { NO_DAY, type Past, pastOfBake, type SwingsOfDay } from './past.ts';
import { NO_TRAFFIC, type PeakTraffic, peakOf } from './peak-traffic.ts';
import { ASSIGNMENT, historyTestOf, latencyTestFor, questionsOf, rateTestOf } from './questions.ts';
import { recordSparse, type SparseRecord, startSparse } from './sparse.ts';

export interface Ledger {
  readonly rollout: string;
  readonly candidate: Colour;
  readonly traffic: TrafficFold;
  /** What is being compared, and since when (Unix ms); null: nothing. */
  readonly mode: { readonly against: Judging['against']; readonly since: number } | null;
  /** Unix ms. Blocks from before it had no control: the candidate had all traffic, until a retreat. */
  readonly comparableFrom: number;
  /** How stable's counts varied in the running comparison, or in the last, by metric. Absent: there was none, or an older Teal has kept this. */
  readonly lately?: Readonly<Record<string, Swings>>;
  /** The same of its slow requests, by the cuts of latency. */
  readonly latelySlow?: readonly Swings[];
  /** The comparison with stable, by metric; carried over every change of weight. */
  readonly rates: Readonly<Record<string, RateState>>;
  /** What bounds the harm that the candidate can do: every client compared with stable, also where stable had none. */
  readonly excess: ExcessState;
  /** How many clients come, in this rollout and before. */
  readonly peak: PeakTraffic;
  /** When the metrics first proved harm together, Unix ms; null: not yet. It stays, as each metric's own does. */
  readonly harmAt: number | null;
  /** The bake's test by metric, with the past that it began with; none for a metric whose past is not known yet. */
  readonly history: Readonly<Record<string, { readonly past: Past; readonly state: HistoryState }>>;
  /** What the past says beside the comparison. Absent: the service has clients enough, or an older Teal has kept this. */
  readonly sparse?: SparseRecord;
  /** Whether clients follow the weights. Absent in what an older Teal has kept. */
  readonly assignment?: SampleRatioState;
  /** Absent while there are no cuts to judge latency at. */
  readonly latency?: LatencyRecord;
  /** Latency in the bake that runs. Absent: none does, or it is not judged. */
  readonly latencyBake?: LatencyBake;
  /** How quick stable was lately, in and out of rollouts. Absent in what an older Teal has kept. */
  readonly latencyPast?: LatencyPast;
  /** How stable's errors varied lately, in and out of rollouts. Absent in what an older Teal has kept. */
  readonly day?: SwingsOfDay;
  /** What was known over time. Absent in what an older Teal has kept. */
  readonly film?: Film;
  /** When each command metric was last read, Unix ms. */
  readonly readAt: Readonly<Record<string, number>>;
}

/** What is counted of a service in and out of rollouts, and so is handed on from one ledger to the next. */
export type Counted = Pick<Ledger, 'peak' | 'latencyPast' | 'day'>;

/** `block`: the last traffic block that any earlier ledger has seen; `before`: what that had counted. */
export function startLedger(
  service: string,
  rollout: string,
  candidate: Colour,
  block: number,
  { peak = NO_TRAFFIC, latencyPast = NO_PAST, day = NO_DAY }: Partial<Counted> = {},
): Ledger {
  const traffic = startFold(service, rollout, candidate, block);
  return {
    rollout,
    candidate,
    traffic,
    mode: null,
    comparableFrom: 0,
    rates: {},
    excess: emptyExcess(),
    peak,
    latencyPast,
    day,
    harmAt: null,
    history: {},
    readAt: {},
  };
}

/**
 * Unix ms: everything before is in the ledger. A command's metric counts as up to date until its next reading is due; a
 * worker without metrics has nothing to wait for.
 */
export function seenUpTo(ledger: Ledger, spec: ServiceSpec): number {
  const { closedUpTo, seenUpTo = closedUpTo } = ledger.traffic;
  const traffic = spec.listen === null ? Number.MAX_SAFE_INTEGER : seenUpTo;
  const { mode } = ledger;
  if (mode === null) return traffic;
  return spec.metrics.reduce(
    (least, { name, every }) => Math.min(least, Math.max(mode.since, ledger.readAt[name] ?? 0) + every),
    traffic,
  );
}

/**
 * Follows what `decide` wants judged. Each time that history is the control, its test starts anew: that of errors with
 * what they were until then, that of any other metric when {@link remember} brings its past.
 */
export function follow(
  ledger: Ledger,
  judging: Judging | null,
  now: number,
  spec: ServiceSpec,
  pastOfErrors: () => Past,
): Ledger {
  const against = judging?.rollout === ledger.rollout ? judging.against : null;
  if (against === (ledger.mode?.against ?? null)) return ledger;
  const comparableFrom = ledger.mode?.against === 'history' ? now : ledger.comparableFrom;
  if (against === null) return { ...ledger, comparableFrom, mode: null };
  const mode = { against, since: now };
  const { latencyBake: _, ...rest } = ledger;
  const next = { ...rest, comparableFrom, mode, history: {} };
  if (against === 'history') {
    const past = pastOfBake(pastOfErrors(), ledger.day ?? NO_DAY, ledger.lately?.errors);
    return withLatencyBake(remember(next, 'errors', past, spec), spec, now);
  }
  const sparse = ledger.sparse ?? startSparse(spec, pastOfErrors(), peakOf(ledger.peak));
  const compared = { ...next, lately: {}, latelySlow: [] };
  return freezeLatency(sparse === null ? compared : { ...compared, sparse }, spec, now, 0);
}

function withLatencyBake(ledger: Ledger, spec: ServiceSpec, now: number): Ledger {
  const { latency, latencyPast = NO_PAST, latelySlow = [] } = ledger;
  const compared = latency ? { cuts: latency.cuts, lately: latelySlow } : null;
  const latencyBake = startLatencyBake(spec, latencyPast, compared, now);
  return latencyBake === null ? ledger : { ...ledger, latencyBake };
}

/**
 * Makes the cuts that latency is judged at, once in a rollout, if at least so many of stable's requests are known: before the
 * candidate has traffic, from whatever the past allows, or later, when enough of stable has been seen.
 */
export function freezeLatency(ledger: Ledger, spec: ServiceSpec, now: number, least = ENOUGH_LATE): Ledger {
  const latency = latencySpecOf(spec);
  const past = ledger.latencyPast ?? NO_PAST;
  if (latency === null || ledger.latency || ledger.mode?.against !== 'concurrent') return ledger;
  if (pastSize(past) < least) return ledger;
  const cuts = cutsOf(latency, past);
  if (cuts.length === 0) return ledger;
  const state = latencyTestFor(spec, cuts)!.initial();
  return { ...ledger, latency: { frozenAt: now, cuts, state } };
}

/**
 * Begins a metric's test against its past, unless it has begun. A past that counted nothing allows nothing to be said. How a command's counts
 * varied is known of the comparison alone.
 */
export function remember(ledger: Ledger, metric: string, day: Past, spec: ServiceSpec): Ledger {
  const question = questionsOf(spec).find((one) => one.metric === metric);
  if (!question || ledger.mode?.against !== 'history' || ledger.history[metric]) return ledger;
  const past = metric === 'errors' || day.n === 0 ? day : pastOfBake(day, NO_DAY, ledger.lately?.[metric]);
  const state = historyTestOf(spec, question, past).initial();
  return { ...ledger, history: { ...ledger.history, [metric]: { past, state } } };
}

/** One block more. In the bake a block from before it still belongs to the comparison with stable. Throws the judge's error for impossible counts. */
export function feed(ledger: Ledger, block: EvidenceBlock, spec: ServiceSpec): Ledger {
  const question = questionsOf(spec).find(({ metric }) => metric === block.metric);
  const { mode } = ledger;
  if (!question || mode === null) return ledger;
  if (mode.against === 'history' && block.at >= mode.since) {
    const running = ledger.history[block.metric];
    if (!running || (block.metric !== 'errors' && running.past.n === 0)) return ledger;
    const { past, state } = running;
    const next = historyTestOf(spec, question, past).observe(state, { at: block.at, ...block.candidate });
    return { ...ledger, history: { ...ledger.history, [block.metric]: { past, state: next } } };
  }
  if (block.at < ledger.comparableFrom) return ledger;
  const test = rateTestOf(spec, question);
  const state = test.observe(ledger.rates[block.metric] ?? test.initial(), block);
  const swings = addSwing(ledger.lately?.[block.metric] ?? NO_SWINGS, block.at, block.stable);
  const next = {
    ...ledger,
    rates: { ...ledger.rates, [block.metric]: state },
    lately: { ...ledger.lately, [block.metric]: swings },
  };
  return weighed(block.metric === 'errors' ? withErrors(next, block, spec) : next, spec, block.at);
}

/** First requests of one second, both arms. Throws the judge's error for impossible counts. */
export function feedLatency(ledger: Ledger, reading: LatencyReading, spec: ServiceSpec): Ledger {
  const { latency, latencyBake, latelySlow = [], mode } = ledger;
  if (mode?.against === 'history' && latencyBake && isAlone(latencyBake, reading))
    return { ...ledger, latencyBake: recordLatencyBake(latencyBake, spec, reading) };
  if (!latency || mode === null || reading.at < ledger.comparableFrom) return ledger;
  const test = latencyTestFor(spec, latency.cuts);
  if (test === null) return ledger;
  const next = {
    ...ledger,
    latency: recordLatency(latency, reading, test),
    latelySlow: withSlow(latelySlow, latency.cuts, reading),
  };
  return weighed(next, spec, reading.at);
}

const weighed = (ledger: Ledger, spec: ServiceSpec, at: number): Ledger =>
  ledger.harmAt === null && provesHarm(ledger, spec) ? { ...ledger, harmAt: at } : ledger;

/** Clients that came for the first time. Throws the judge's error for impossible counts. */
export function feedArrivals(ledger: Ledger, arrivals: Arrivals): Ledger {
  return { ...ledger, assignment: ASSIGNMENT.observe(ledger.assignment ?? ASSIGNMENT.initial(), arrivals) };
}

function withErrors(ledger: Ledger, { at, candidate, stable }: EvidenceBlock, spec: ServiceSpec): Ledger {
  const { come, late } = strataOf(stable, candidate);
  const excess = observeExcess(ledger.excess, come, late);
  if (!ledger.sparse) return { ...ledger, excess };
  return { ...ledger, excess, sparse: recordSparse(ledger.sparse, spec, at, candidate) };
}

/** One metric that reaches its end must do, whatever logarithms make of it. */
const ROUNDING = 1e-9;

/** All metrics in equal parts: weak signs of several add up. To be asked after every block, since they may also fade. */
function provesHarm(ledger: Ledger, spec: ServiceSpec): boolean {
  const logE = questionsOf(spec).map((question) => {
    const state = ledger.rates[question.metric];
    return state === undefined ? 0 : rateTestOf(spec, question).logE(state).harm;
  });
  if (latencySpecOf(spec) !== null) logE.push(latencyLogE(ledger, spec));
  const each = logE.map(() => 1 / logE.length);
  return weightedMeanLogE(logE, each) >= Math.log(1 / spec.judge.alphaHarm) - ROUNDING;
}

/** Where latency has no cuts yet it says nothing, and its share of the chance is kept for it. */
function latencyLogE({ latency }: Ledger, spec: ServiceSpec): number {
  return latency === undefined ? 0 : (latencyTestFor(spec, latency.cuts)?.logE(latency.state).harm ?? 0);
}
