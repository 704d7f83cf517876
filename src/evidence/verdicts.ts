import type { ServiceSpec } from '../core/service-spec.ts';
import type { Evidence, MetricVerdict } from '../core/world.ts';
import { type ExplainNames, excessUpper, explain, explainHistory, PACE_DEFAULTS } from '../judge/index.ts';
import { ASSIGNMENT, historyTestOf, type Ledger, questionsOf, rateTestOf, seenUpTo } from './ledger.ts';
import { peakOf } from './peak-traffic.ts';

/** What the judge says now, in numbers and words. */
export function evidenceOf(ledger: Ledger, spec: ServiceSpec, names: ExplainNames): Evidence {
  const metrics = questionsOf(spec).map((question): MetricVerdict => {
    const test = rateTestOf(spec, question);
    const found = test.verdict(ledger.rates[question.metric] ?? test.initial());
    const { verdict, e, ratio, candidate, stable, leaningSafe } = found;
    const explanation = explain(question.metric, found, wordsFor(question.metric, names));
    return { metric: question.metric, verdict, e, ratio, candidate, stable, leaningSafe, explanation };
  });
  return {
    rollout: ledger.rollout,
    metrics,
    together: ledger.harmAt === null ? null : { explanation: togetherInWords(metrics) },
    alarm: alarmOf(ledger, spec, names.candidate),
    doubt: doubtOf(ledger),
    upTo: seenUpTo(ledger, spec),
    pace: paceEvidenceOf(ledger),
    hurt: ledger.traffic.hurt,
  };
}

/** What the pace is reckoned from. */
export function paceEvidenceOf({ excess, peak, rates }: Ledger): Evidence['pace'] {
  return {
    upper: excessUpper(excess, PACE_DEFAULTS.alphaUpper),
    clientsPerSecond: peakOf(peak),
    countedSince: peak.since,
    clients: rates.errors?.candidate.n ?? 0,
  };
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
function alarmOf(ledger: Ledger, spec: ServiceSpec, candidate: string): Evidence['alarm'] {
  for (const question of questionsOf(spec)) {
    const { metric } = question;
    const running = ledger.history[metric];
    if (!running) continue;
    const found = historyTestOf(spec, question, running.past).alarm(running.state);
    if (!found.alarm || found.at === null) continue;
    const explanation = explainHistory(metric, found, wordsFor(metric, { candidate }));
    return { metric, at: found.at, explanation };
  }
  return null;
}

/** Errors count clients; nobody knows what a command counts. */
function wordsFor<N extends Pick<ExplainNames, 'candidate'>>(metric: string, names: N) {
  return metric === 'errors' ? names : { ...names, unit: { one: 'case', many: 'cases' }, subject: false };
}
