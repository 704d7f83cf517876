/** The evidence of a simulated rollout: the daemon's own ledger, fed with simulated blocks. */
import type { Colour } from '../core/model.ts';
import { noRequests, type TrafficBlock } from '../core/ports.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { BAKE_CLIENTS, paceOptionsOf } from '../core/waiting/pace.ts';
import type { Evidence, Judging } from '../core/world.ts';
import { type LatencyPast, withPast } from '../evidence/latency.ts';
import { isCold } from '../evidence/latency-words.ts';
import { feed, feedLatency, follow, freezeLatency, type Ledger, startLedger } from '../evidence/ledger.ts';
import { NO_DAY, type Past, type SwingsOfDay } from '../evidence/past.ts';
import { countTraffic, peakBefore } from '../evidence/peak-traffic.ts';
import { latencyTestFor, questionsOf, rateTestOf } from '../evidence/questions.ts';
import { evidenceOf, paceEvidenceOf } from '../evidence/verdicts.ts';
import {
  ENOUGH_CLIENTS,
  type Latencies,
  LEANING_CLIENTS,
  leanCounts,
  leansSafe,
  PRECAUTION,
  type RateState,
} from '../judge/index.ts';
import type { LatencyReading } from '../metrics/firsts.ts';
import { foldTraffic, LATENESS } from '../metrics/traffic.ts';
import type { Visits } from './crowd.ts';
import { CANDIDATE, STABLE } from './service.ts';

const SECOND = 1000;

/** How long the clients' first requests of a minute took. */
export interface Times {
  /** Candidate's, basis points. */
  readonly weight: number;
  readonly stable: Latencies;
  readonly candidate: Latencies;
}

export interface Watch {
  /** Follows what is wanted judged. */
  follow(judging: Judging | null, now: number): void;
  /** Clients of a part of a second that began at `at`. */
  add(at: number, visits: Visits, epoch: string, times?: Times): void;
  /** Reads the router; returns whether there is anything new that a decision may depend on. */
  read(now: number): boolean;
  /** When the next second is complete, Unix ms; Infinity: none is open. */
  nextRead(): number;
  evidence(): Evidence;
}

/** What the service was like before, in a day. */
export interface DayBefore {
  /** What the bake is measured by. */
  readonly past: Past;
  /** How much that varied. Default: nothing is known. */
  readonly day?: SwingsOfDay;
  /** Clients in the busiest ten seconds. */
  readonly busiest: number;
  /** How quick stable was in the last hour; null: nothing is known. */
  readonly latency: LatencyPast | null;
  /** When it ended, Unix ms. */
  readonly at: number;
}

export function watchOf(spec: ServiceSpec, rollout: string, candidate: Colour, before: DayBefore): Watch {
  const peak = peakBefore(before.at, before.busiest);
  let ledger: Ledger = startLedger(spec.service, rollout, candidate, 0, {
    peak,
    day: before.day ?? NO_DAY,
    ...(before.latency && { latencyPast: before.latency }),
  });
  let unread: TrafficBlock[] = [];
  let number = 0;
  let open = Number.POSITIVE_INFINITY;
  let known = '';
  const test = rateTestOf(spec, questionsOf(spec)[0]!);

  function block(
    at: number,
    environment: Colour,
    release: string,
    epoch: string,
    visits: Visits,
    times: Times | undefined,
  ): void {
    const isCandidate = environment === candidate;
    const { seen, hurt, late: hurtLate } = isCandidate ? visits.candidate : visits.stable;
    const ended = (isCandidate ? times?.candidate : times?.stable) ?? [];
    if (seen === 0 && hurt === 0 && ended.length === 0) return;
    const hurtInRollout = isCandidate ? visits.hurtFirst : 0;
    const clients = { seen, hurt, hurtLate, hurtInRollout };
    number++;
    const firsts = ended.length === 0 ? [] : [{ weight: times!.weight, ended, left: [], inFlight: [] }];
    unread.push({
      ...EMPTY,
      number,
      at,
      service: spec.service,
      environment,
      release,
      epoch,
      clients,
      firsts,
    });
  }

  const paceOptions = paceOptionsOf(spec);

  /** The comparison stands still in the bake, which is most of a rollout. */
  let compared: { readonly state: RateState; readonly logE: ReturnType<typeof test.logE> } | null = null;
  function logEOf(state: RateState): ReturnType<typeof test.logE> {
    if (compared?.state !== state) compared = { state, logE: test.logE(state) };
    return compared.logE;
  }

  /** Everything that the rule of the pace reads: the bound as far as it is rounded to a weight. */
  function paceDigest(state: RateState): string {
    if (paceOptions === null) return '';
    const { upper, clientsPerSecond, clients, alone } = paceEvidenceOf(ledger, spec);
    if (ledger.mode?.against !== 'concurrent') return `${alone < BAKE_CLIENTS}`;
    const { budget, blockSeconds, reactionSeconds } = paceOptions;
    const atRisk = clientsPerSecond * (blockSeconds + reactionSeconds) * upper;
    const allowed = Math.min(10_000, Math.floor((budget * 10_000) / atRisk));
    const harm = Math.max(logEOf(state).harm, state.harm?.logE ?? 0);
    return `${allowed} ${clientsPerSecond} ${clients < ENOUGH_CLIENTS} ${clients < LEANING_CLIENTS} ${harm >= Math.log(PRECAUTION)}`;
  }

  /** Verdict and leaning of latency. It stands still in the bake, too. */
  let timed: { readonly latency: Ledger['latency']; readonly digest: string } | null = null;
  function latencyDigest(): string {
    const { latency } = ledger;
    const test = latency && latencyTestFor(spec, latency.cuts);
    if (!latency || !test) return '';
    if (timed?.latency !== latency) {
      const found = test.verdict(latency.state);
      const isGrave = found.e.harm >= PRECAUTION;
      timed = { latency, digest: `${found.verdict} ${found.leaningSafe} ${isCold(found)} ${isGrave}` };
    }
    return timed.digest;
  }

  /** When latency raised an alarm in the bake that runs, Unix ms; 0: it has not. */
  const latencyAlarm = (): number =>
    ledger.latencyBake?.cuts.reduce((latest, { state }) => Math.max(latest, state.alarm?.at ?? 0), 0) ?? 0;

  /** How quick stable is, and how quick the candidate is beside it, as the daemon's book does. */
  function measure(latencies: readonly LatencyReading[], now: number): void {
    if (before.latency === null) return;
    for (const { environment, firsts = [] } of unread) {
      if (environment === candidate) continue;
      const past = ledger.latencyPast ?? before.latency;
      ledger = { ...ledger, latencyPast: firsts.reduce((sum, one) => withPast(sum, one.ended, now), past) };
    }
    for (const one of latencies) ledger = feedLatency(ledger, one, spec);
    ledger = freezeLatency(ledger, spec, now);
  }

  /** Changes whenever a decision could: verdicts, leanings, alarms, the pace. Cheaper than the evidence in words. */
  function digest(): string {
    const state = ledger.rates.errors;
    const alarm = `${ledger.history.errors?.state.alarm?.at ?? ''} ${latencyAlarm()}`;
    if (!state) return `${alarm} ${latencyDigest()}`;
    const { harm, safe } = logEOf(state);
    const leans = leansSafe({ harm: Math.exp(harm), safe: Math.exp(safe) }, leanCounts(state));
    const past = ledger.sparse ? `${ledger.sparse.state.alarm !== null && harm >= 0} ` : '';
    return `${past}${paceDigest(state)} ${state.harm !== null} ${safe >= Math.log(1 / spec.judge.alphaSafe)} ${leans} ${alarm} ${ledger.harmAt} ${latencyDigest()}`;
  }

  return {
    follow(judging, now) {
      ledger = follow(ledger, judging, now, spec, () => before.past);
    },
    add(at, visits, epoch, times) {
      open = Math.min(open, at - (at % SECOND));
      block(at, candidate, CANDIDATE, epoch, visits, times);
      block(at, candidate === 'blue' ? 'green' : 'blue', STABLE, epoch, visits, times);
    },
    read(now) {
      const { fold, closed, latencies } = foldTraffic(ledger.traffic, unread, now);
      ledger = { ...ledger, traffic: fold, peak: countTraffic(ledger.peak, unread, now) };
      for (const one of closed) ledger = feed(ledger, one, spec);
      measure(latencies, now);
      unread = [];
      const seconds = Object.keys(fold.open);
      open = seconds.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...seconds.map(Number));
      const until = known;
      if (closed.length > 0 || latencies.length > 0) known = digest();
      return known !== until;
    },
    nextRead: () => open + SECOND + LATENESS,
    evidence: () => evidenceOf(ledger, spec, { candidate: CANDIDATE, stable: STABLE }),
  };
}

const EMPTY = {
  length: 500,
  requests: noRequests(),
  latency: [],
  bytesOut: 0,
  inFlight: 0,
} as const;
