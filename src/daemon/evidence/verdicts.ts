import type { ServiceSpec } from '../../core/service-spec.ts';
import type { Evidence, MetricVerdict } from '../../core/world.ts';
import { type ExplainNames, explain } from '../../judge/index.ts';
import { historyTestOf, type Ledger, questionsOf, rateTestOf } from './ledger.ts';

/** What the judge says now, in numbers and words. */
export function evidenceOf(ledger: Ledger, spec: ServiceSpec, names: ExplainNames): Evidence {
  return {
    rollout: ledger.rollout,
    metrics: questionsOf(spec).map((question): MetricVerdict => {
      const test = rateTestOf(spec, question);
      const found = test.verdict(ledger.rates[question.metric] ?? test.initial());
      const { verdict, e, ratio, candidate, stable, leaningSafe } = found;
      const explanation = explain(question.metric, found, names);
      return { metric: question.metric, verdict, e, ratio, candidate, stable, leaningSafe, explanation };
    }),
    alarm: alarmOf(ledger, spec),
    hurt: ledger.traffic.hurt,
  };
}

/** The first alarm of this bake. */
function alarmOf(ledger: Ledger, spec: ServiceSpec): Evidence['alarm'] {
  for (const question of questionsOf(spec)) {
    const running = ledger.history[question.metric];
    if (!running) continue;
    const { at, candidate, limit, alarm } = historyTestOf(spec, question, running.past).alarm(running.state);
    if (!alarm || at === null) continue;
    const past =
      running.past.n === 0
        ? 'it has no past to compare with'
        : `${counted(running.past.bad)} of ${counted(running.past.n)} in the last 24 hours`;
    const explanation =
      `${question.metric}: ${counted(candidate.bad)} of ${counted(candidate.n)} clients are bad ` +
      `(${percent(candidate.bad / Math.max(1, candidate.n))}), more than the past allows (${percent(limit)}; ${past})`;
    return { metric: question.metric, at, explanation };
  }
  return null;
}

const counted = (n: number) => n.toLocaleString('en-US');
const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;
