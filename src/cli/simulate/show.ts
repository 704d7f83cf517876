/** The findings of a study for people. */
import type { Finding, Spread } from '../../simulate/index.ts';
import type { Painter } from '../terminal/paint.ts';
import { count, duration, rate } from '../view/format.ts';
import { type Marks, type PlotRow, plot } from './plot.ts';

const COLUMNS = ['candidate', 'by', 'promoted', 'taken back', 'to 100 %', 'until taken back', 'clients hurt'];

/** A table with a line for each candidate and tool: medians, with the 95th percentile in brackets. */
export function findingsTable(findings: readonly Finding[], paint: Painter): string[] {
  const rows = findings.map((finding, j) => [
    finding.candidate === findings[j - 1]?.candidate ? '' : finding.candidate,
    finding.by,
    rate(finding.promoted),
    rate(finding.takenBack),
    time(finding.out),
    time(finding.back),
    `${hurt(finding.hurt.mean)} (${hurt(finding.hurt.p95)})`,
  ]);
  const widths = COLUMNS.map((name, j) => Math.max(name.length, ...rows.map((row) => row[j]!.length)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, j) => cell.padEnd(widths[j]!)).join('  ')}`.trimEnd();
  return [paint('dim', line(COLUMNS)), ...rows.map(line)];
}

/** Three plots under their titles. */
export function findingsPlots(findings: readonly Finding[], width: number, paint: Painter): string[] {
  const several = new Set(findings.map(({ by }) => by)).size > 1;
  const label = ({ candidate, by }: Finding) => (several ? `${candidate}, ${by}` : candidate);
  const rows = (of: (finding: Finding) => Spread | null): readonly PlotRow[] =>
    findings.flatMap((finding) => {
      const spread = of(finding);
      return spread === null ? [] : [{ label: label(finding), spread }];
    });
  const plots = [
    { title: 'Time to 100 %', rows: rows(({ out }) => out), marks: TIMES },
    { title: 'Time until taken back', rows: rows(({ back }) => back), marks: TIMES },
    { title: 'Clients hurt', rows: rows(({ hurt }) => hurt), marks: NUMBERS },
  ];
  return plots
    .filter(({ rows }) => rows.length > 0)
    .flatMap(({ title, marks, rows }) => ['', paint('bold', title), ...plot(rows, width, marks)]);
}

/** How often the healthy ones were taken back, in a sentence. `alpha`: what the comparison allows; null: there is none. */
export function falseRollbacks(findings: readonly Finding[], alpha: number | null): string {
  const healthy = findings.find(({ candidate, by }) => candidate === 'healthy' && by === 'Teal')!;
  const times = Math.round(healthy.takenBack * healthy.runs);
  const bound = alpha === null ? '' : `; the comparison takes back at most ${rate(alpha)} of them`;
  return `False rollbacks: ${count(times)} of ${count(healthy.runs)} healthy releases${bound}.`;
}

const time = (spread: Spread | null) =>
  spread === null ? '-' : `${duration(spread.median)} (${duration(spread.p95)})`;

const hurt = (clients: number) =>
  clients < 10 ? `${Number(clients.toFixed(1))}` : count(Math.round(clients));

const TIMES: Marks = [1, 10, 60, 600, 3_600, 36_000, 360_000].map((seconds) => [
  seconds * 1000,
  duration(seconds * 1000),
]);
const NUMBERS: Marks = Array.from({ length: 10 }, (_, decade) => [10 ** decade, count(10 ** decade)]);
