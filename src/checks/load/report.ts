import type { LoadCheckSpec } from '../../core/service/check-spec.ts';
import { duration, figure, share } from '../words.ts';
import { type Judgement, PERCENTILES } from './judgement.ts';
import type { Segment } from './schedule.ts';
import { errorsOf, type LoadStatistics, percentile } from './statistics.ts';

/** The figures behind a judgement, as a person reads them. */
export function report(
  spec: LoadCheckSpec,
  stretches: readonly Segment[],
  arms: Readonly<Record<string, LoadStatistics>>,
  judgement: Judgement,
): string {
  const head = `${spec.method} ${spec.path} at ${figure(spec.rate)} requests a second for ${duration(spec.for)}, after ${duration(spec.warmUp)} of warm-up`;
  const order = stretches.map((one) => `${one.arm} ${duration(one.for)}`).join(', ');
  return [
    head,
    `in this order: ${order}`,
    '',
    ...table(arms),
    ...section('why it failed', judgement.reasons),
    ...section('errors', Object.entries(arms).flatMap(errorLines)),
    ...section('notes', [
      ...judgement.notes,
      'Latency counts from the moment a request was to be sent; a figure is at most 6.25 % too high.',
    ]),
  ].join('\n');
}

function table(arms: Readonly<Record<string, LoadStatistics>>): string[] {
  const names = PERCENTILES.map(({ name }) => name);
  const rows = Object.entries(arms).map(([arm, figures]) => [
    arm,
    figure(figures.requests),
    share(errorsOf(figures) / Math.max(1, figures.requests)),
    ...PERCENTILES.map(({ q }) => time(percentile(figures.latency, q))),
    time(percentile(figures.latency, 1)),
    time(percentile(figures.lag, 0.99)),
  ]);
  const all = [['', 'requests', 'errors', ...names, 'slowest', 'own lag'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

const time = (ms: number | null) => (ms === null ? '-' : duration(ms));

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

const errorLines = ([arm, { errors }]: [string, LoadStatistics]): string[] =>
  Object.entries(errors)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 10)
    .map(([reason, n]) => `${arm}: ${figure(n)} x ${reason}`);
