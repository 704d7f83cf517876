/** Spreads drawn on a logarithmic axis: where nineteen of twenty lie, and the median. */
import type { Spread } from '../../simulate/index.ts';

export interface PlotRow {
  readonly label: string;
  readonly spread: Spread;
}

/** Marks of an axis, increasing; the first is its left end. */
export type Marks = readonly (readonly [value: number, text: string])[];

/**
 * Lines of text: `├───●─────┤` from the 5th to the 95th percentile with the median, one row each, over an axis that reaches
 * to the first mark that no row exceeds. What is below the first mark is drawn at it.
 */
export function plot(rows: readonly PlotRow[], width: number, marks: Marks): string[] {
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const room = Math.max(20, width - labels - 4);
  const highest = Math.max(...rows.map(({ spread }) => spread.p95));
  const end = marks.findIndex(([value], j) => j > 0 && value >= highest);
  const shown = end < 0 ? marks : marks.slice(0, end + 1);
  const [least, most] = [Math.log(shown[0]![0]), Math.log(Math.max(highest, shown.at(-1)![0]))];
  const column = (value: number) =>
    Math.max(0, Math.round(((Math.log(value) - least) / (most - least)) * (room - 1)));
  const margin = ' '.repeat(labels + 4);
  const { line, texts } = axis(shown, room, column);
  return [
    ...rows.map(({ label, spread }) => `  ${label.padEnd(labels)}  ${strip(spread, room, column)}`),
    margin + line,
    margin + texts,
  ].map((one) => one.trimEnd());
}

function strip(spread: Spread, room: number, column: (value: number) => number): string {
  const [from, middle, to] = [column(spread.p5), column(spread.median), column(spread.p95)];
  const cells = new Array<string>(room).fill(' ').fill('─', from, to + 1);
  if (from < to) {
    cells[from] = '├';
    cells[to] = '┤';
  }
  cells[middle] = '●';
  return cells.join('');
}

/** Each text ends under its mark, the first begins there; one without room is left out. */
function axis(marks: Marks, room: number, column: (value: number) => number) {
  const line = new Array<string>(room).fill('─');
  let texts = '';
  for (const [value, text] of marks) {
    const at = column(value);
    line[at] = '┴';
    const from = Math.max(0, at - text.length + 1);
    if (texts === '' || from > texts.length) texts = texts.padEnd(from) + text;
  }
  return { line: line.join(''), texts };
}
