import { JUDGE_DEFAULTS, type ServiceSpec } from '../core/service/service-spec.ts';
import type { Evidence, MetricVerdict } from '../core/world.ts';
import {
  type ExcessState,
  type ExplainNames,
  excessUpper,
  explain,
  explainHistory,
  type RateVerdict,
} from '../judge/index.ts';
import {
  latencyAlarmOf,
  latencyBakeInWords,
  unjudgedOf,
  whyNoLatencyBake,
  whyNotRemembered,
} from './bake-words.ts';
import { latencySpecOf, NO_PAST } from './latency.ts';
import { isCold, latencyVerdict, silentLatency, whyCold, whyUncut } from './latency-words.ts';
import { type Ledger, seenUpTo } from './ledger.ts';
import { peakOf } from './peak-traffic.ts';
import {
  ASSIGNMENT,
  historyTestOf,
  latencyTestFor,
  type MetricQuestion,
  questionsOf,
  rateTestOf,
} from './questions.ts';
import { withPast } from './sparse.ts';

/** What the judge says now, in numbers and words. */
export function evidenceOf(ledger: Ledger, spec: ServiceSpec, names: ExplainNames): Evidence {
  const rates = questionsOf(spec).map((question): MetricVerdict => {
    const test = rateTestOf(spec, question);
    const found = test.verdict(ledger.rates[question.metric] ?? test.initial());
    const { verdict, e, ratio, candidate, stable, leaningSafe } = found;
    const { metric } = question;
    const explanation = inWords(ledger, spec, question, found, names);
    const said = { metric, verdict, e, ratio, candidate, stable, leaningSafe, explanation };
    return metric === 'errors' && ledger.sparse ? withPast(said, ledger.sparse, spec, names) : said;
  });
  const latency = latencyOf(ledger, spec, names);
  const unjudged = unjudgedOf(ledger, spec, names.stable);
  const metrics = latency.judged === null ? rates : [...rates, latency.judged];
  return {
    rollout: ledger.rollout,
    metrics,
    ...(latency.silent === null ? {} : { silent: [latency.silent] }),
    together: ledger.harmAt === null ? null : { explanation: togetherInWords(metrics) },
    alarm: alarmOf(ledger, spec, names),
    ...(unjudged.length === 0 ? {} : { unjudged }),
    doubt: doubtOf(ledger),
    upTo: seenUpTo(ledger, spec),
    pace: paceEvidenceOf(ledger, spec),
    hurt: ledger.traffic.hurt,
  };
}

/** In the bake, what history says of it stands first: the comparison with stable has ended, or never was. */
function inWords(
  ledger: Ledger,
  spec: ServiceSpec,
  question: MetricQuestion,
  found: RateVerdict,
  names: ExplainNames,
): string {
  const { metric } = question;
  if (metric === 'errors' && spec.listen === null) return 'a worker has no clients to count: undecided';
  const words = wordsFor(metric, names, casesPerSecond(ledger, metric));
  const bake = ledger.history[metric];
  // A command whose past counted nothing is not measured by it (`feed`).
  const isBaked = bake !== undefined && (metric === 'errors' || bake.past.n > 0);
  if (found.verdict === 'harm') return explain(metric, found, words);
  if (!isBaked) {
    const why = ledger.mode?.against === 'history' ? whyNotRemembered(bake?.past ?? null) : null;
    return why === null || metric === 'errors'
      ? explain(metric, found, words)
      : `not compared with the past, because ${why}; ${explain(metric, found, { ...words, isOver: true })}`;
  }
  const alarm = historyTestOf(spec, question, bake.past).alarm(bake.state);
  const now = explainHistory(metric, alarm, words);
  if (found.candidate.n === 0 || found.stable.n === 0) return now;
  return `${now}; before, beside ${names.stable}: ${explain(metric, found, { ...words, subject: false, isOver: true })}`;
}

/** What the pace is reckoned from. */
export function paceEvidenceOf(
  { excess, peak, rates, history }: Ledger,
  { judge: { alphaBudget = JUDGE_DEFAULTS.alphaBudget } }: ServiceSpec,
): Evidence['pace'] {
  return {
    upper: upperOf(excess, alphaBudget),
    clientsPerSecond: peakOf(peak),
    countedSince: peak.since,
    clients: rates.errors?.candidate.n ?? 0,
    alone: history.errors?.state.candidate.n ?? 0,
  };
}

/** Asked for at every look, and new only where somebody came. */
function upperOf(excess: ExcessState, alpha: number): number {
  const upper = UPPERS.get(excess) ?? excessUpper(excess, alpha);
  UPPERS.set(excess, upper);
  return upper;
}

const UPPERS = new WeakMap<ExcessState, number>();

/** A candidate that is not known yet is nothing to wait for, unless it does harm already. */
function latencyOf(ledger: Ledger, spec: ServiceSpec, names: ExplainNames) {
  if (latencySpecOf(spec) === null) return { judged: null, silent: null };
  const { latency, latencyBake, latencyPast = NO_PAST, mode } = ledger;
  const inBake = mode?.against === 'history';
  const baked = inBake
    ? ((latencyBake && latencyBakeInWords(latencyBake, spec, names)) ??
      whyNoLatencyBake(latencyBake, latencyPast, spec, names.stable))
    : null;
  const test = latency && latencyTestFor(spec, latency.cuts);
  if (!latency || !test) {
    const reason = baked ?? whyUncut(latencyPast, mode?.against === 'concurrent', names.stable);
    return { judged: null, silent: silentLatency(reason) };
  }
  const found = test.verdict(latency.state);
  if (found.verdict !== 'harm' && isCold(found))
    return { judged: null, silent: silentLatency(baked ?? whyCold(found, names)) };
  const judged = latencyVerdict(found, { ...names, isOver: mode?.against !== 'concurrent' });
  if (baked === null || found.verdict === 'harm') return { judged, silent: null };
  const explanation = `${baked}; before, beside ${names.stable}: ${judged.explanation}`;
  return { judged: { ...judged, explanation }, silent: null };
}

/** Clients of the service a second since the comparison began; 0: it has not. */
export function presentRate({ rates }: Ledger): number {
  const state = rates.errors;
  if (state?.since == null || state.at === null || state.at === state.since) return 0;
  return (1000 * (state.candidate.n + state.stable.n)) / (state.at - state.since);
}

function togetherInWords(metrics: readonly MetricVerdict[]): string {
  const each = metrics.map(({ metric, explanation }) => `${metric}: ${explanation}`);
  return `what none of them proves alone they prove in sum. ${each.join('. ')}`;
}

function doubtOf({ assignment }: Ledger): Evidence['doubt'] {
  if (assignment === undefined) return null;
  const { alarm, explanation } = ASSIGNMENT.alarm(assignment);
  return alarm ? { explanation } : null;
}

/** The first alarm of this bake. */
function alarmOf(ledger: Ledger, spec: ServiceSpec, names: ExplainNames): Evidence['alarm'] {
  for (const question of questionsOf(spec)) {
    const { metric } = question;
    const running = ledger.history[metric];
    if (!running) continue;
    const found = historyTestOf(spec, question, running.past).alarm(running.state);
    if (!found.alarm || found.at === null) continue;
    const explanation = explainHistory(metric, found, wordsFor(metric, names));
    const direct = metric === 'errors' && ledger.sparse ? ({ direct: true } as const) : {};
    return { metric, at: found.at, explanation, ...direct };
  }
  return ledger.latencyBake ? latencyAlarmOf(ledger.latencyBake, spec, names) : null;
}

/** Errors count clients; nobody knows what a command counts. */
function wordsFor<N extends Pick<ExplainNames, 'candidate'>>(metric: string, names: N, perSecond = 0) {
  return metric === 'errors'
    ? names
    : { ...names, unit: { one: 'case', many: 'cases' }, subject: false, perSecond };
}

/** How many cases of the candidate a command counted a second; 0: not known yet. */
function casesPerSecond({ rates }: Ledger, metric: string): number {
  const state = rates[metric];
  return state?.since == null || state.at === null || state.at === state.since
    ? 0
    : (1000 * state.candidate.n) / (state.at - state.since);
}
