/** What a bake says, and what it cannot judge, for people. */
import type { ServiceSpec } from '../core/service/service-spec.ts';
import type { HistoryAlarm as Alarm } from '../core/world.ts';
import { type ExplainNames, explainHistory, explainUnknown, type HistoryAlarm } from '../judge/index.ts';
import { type LatencyPast, latencySpecOf, pastSize } from './latency.ts';
import { type BakedCut, type LatencyBake, latencyHistoryTest } from './latency-bake.ts';
import { requestsKnown, slowInWords } from './latency-words.ts';
import type { Ledger } from './ledger.ts';
import type { Past } from './past.ts';
import { historyTestOf, questionsOf } from './questions.ts';

const LATENCY = 'latency';

/** By the cut that has raised the alarm, or the one with the most evidence. */
export function latencyBakeInWords(
  bake: LatencyBake,
  spec: ServiceSpec,
  names: Pick<ExplainNames, 'candidate' | 'stable'>,
): string | null {
  const all = bake.cuts.map((one) => ({ one, alarm: alarmAt(spec, one, bake) }));
  if (all.length === 0) return null;
  const { one, alarm } = all.reduce((most, next) => (next.alarm.e > most.alarm.e ? next : most));
  return explainHistory(LATENCY, alarm, wordsAt(one, names));
}

/** The first alarm of latency in this bake; null: none. */
export function latencyAlarmOf(
  bake: LatencyBake,
  spec: ServiceSpec,
  names: Pick<ExplainNames, 'candidate' | 'stable'>,
): Alarm | null {
  const raised = bake.cuts
    .map((one) => ({ one, alarm: alarmAt(spec, one, bake) }))
    .filter(({ alarm }) => alarm.at !== null)
    .toSorted((a, b) => a.alarm.at! - b.alarm.at!)[0];
  if (raised === undefined) return null;
  const { one, alarm } = raised;
  return { metric: LATENCY, at: alarm.at!, explanation: explainHistory(LATENCY, alarm, wordsAt(one, names)) };
}

const alarmAt = (spec: ServiceSpec, one: BakedCut, { cuts }: LatencyBake): HistoryAlarm =>
  latencyHistoryTest(spec, one, cuts.length).alarm(one.state);

const wordsAt = ({ cut }: BakedCut, names: Pick<ExplainNames, 'candidate' | 'stable'>) => ({
  ...names,
  unit: { one: 'request', many: 'requests' },
  bad: slowInWords(cut, names.stable),
  subject: false,
});

/**
 * What the bake does not compare with the past, one sentence each, that begins with the metric's name. Empty: it compares everything, or no bake has
 * begun.
 */
export function unjudgedOf(ledger: Ledger, spec: ServiceSpec, stable: string): readonly string[] {
  if (ledger.mode?.against !== 'history') return [];
  const rates = questionsOf(spec).flatMap((question) => {
    const { metric } = question;
    const running = ledger.history[metric];
    if (metric !== 'errors') {
      const why = whyNotRemembered(running?.past ?? null);
      return why === null ? [] : [`${metric}: ${why}`];
    }
    if (spec.listen === null) {
      return spec.metrics.length === 0
        ? ['errors: a worker has no clients to count, and it has no metrics']
        : [];
    }
    if (running === undefined) return [];
    const { unknown, limit } = historyTestOf(spec, question, running.past);
    return unknown === null ? [] : [`errors: ${explainUnknown(unknown, limit)}`];
  });
  const latency = latencySpecOf(spec) === null ? [] : whyUnbaked(ledger, spec, stable);
  return [...rates, ...latency];
}

/** Why a metric that a command counts is not compared with its past; null: it is. */
export function whyNotRemembered(past: Past | null): string | null {
  if (past === null) return 'its past has not been read';
  return past.n === 0 ? 'its command counted nothing of the past' : null;
}

function whyUnbaked(
  { latencyBake, latencyPast }: Ledger,
  spec: ServiceSpec,
  stable: string,
): readonly string[] {
  if (latencyBake !== undefined && latencyBake.cuts.length > 0) return [];
  return [`latency: ${whyNoLatencyBake(latencyBake, latencyPast, spec, stable)}`];
}

/** Why latency is not compared with the past. */
export function whyNoLatencyBake(
  bake: LatencyBake | undefined,
  past: LatencyPast | undefined,
  { onAlarm }: ServiceSpec,
  stable: string,
): string {
  const known = past === undefined ? 0 : pastSize(past);
  if (bake === undefined || bake.isUnknown) return requestsKnown(known, stable);
  return onAlarm === 'rollback'
    ? 'without a promised limit it is not compared with the past, since an alarm would take the release back for a busier hour'
    : 'at none of its cuts can the past tell slow from ordinary';
}
