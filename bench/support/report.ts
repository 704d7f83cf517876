import { cpus, totalmem } from 'node:os';

/** The `q`-quantile (0-1) of numbers, by the nearest rank; NaN of none. */
export function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** Prints a result as the Markdown that goes to bench/RESULTS.md, with date and machine. */
export function report(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform}`;
  console.log(`\n## ${title}\n\n${new Date().toISOString().slice(0, 10)}, ${machine}\n`);
  console.log([line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n'));
}

/** Ends the benchmark with exit code 1 when what must hold did not. */
export function must(holds: boolean, what: string): void {
  if (holds) return;
  console.log(`\nNOT MET: ${what}`);
  process.exitCode = 1;
}
