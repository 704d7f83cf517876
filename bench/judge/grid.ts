/**
 * How many requests a rollback takes, over what information theory needs: 36 cells of base rate, weight and ratio, alpha 1 %,
 * anything worse than stable counts (rho = 1).
 */
import { must, report } from '../support/report.ts';
import type { Cell } from './grid-cell.ts';
import type { Jobs } from './jobs.ts';

const cells: readonly Cell[] = [0.001, 0.01, 0.05].flatMap((p0) =>
  [0.05, 0.1, 0.25, 0.5].flatMap((w) => [2, 5, 10].map((ratio) => ({ p0, w, ratio }))),
);

const geometric = (xs: readonly number[]) =>
  Math.exp(xs.reduce((sum, x) => sum + Math.log(x), 0) / xs.length);

/** `runs` of each cell. */
export async function grid(
  jobs: Jobs,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Promise<void> {
  const parts = cells.map((cell, j) => ({ ...cell, runs, seed: seed * 1000 + j }));
  const found = await jobs.all('grid', parts);
  const rows = cells.map((cell, j) => ({ ...cell, ...found[j]! }));

  const meanOf = (pick: (row: (typeof rows)[number]) => number) => geometric(rows.map(pick)).toFixed(3);
  const [plain, late, blocks] = [
    meanOf((row) => row.plain),
    meanOf((row) => row.late),
    meanOf((row) => row.blocks),
  ];
  const highest = Math.max(...rows.map((row) => Math.max(row.plain, row.late, row.blocks)));

  report(
    `Requests to a rollback over the information limit, ${runs} runs a cell`,
    ['p0', 'w', 'r', 'limit', 'one start', 'late starts', 'as shipped, in blocks'],
    [
      ...rows.map(({ p0, w, ratio, limit, plain, late, blocks }) => [
        `${100 * p0} %`,
        `${100 * w} %`,
        ratio,
        Math.round(limit).toLocaleString('en-US'),
        plain.toFixed(3),
        late.toFixed(3),
        blocks.toFixed(3),
      ]),
      ['', '', '', 'geometric mean', plain, late, blocks],
    ],
  );
  must(Number(plain) <= 1.2, 'geometric mean from one start at most 1.20');
  must(Number(blocks) <= 1.3, 'geometric mean as shipped at most 1.30');
  must(highest <= 1.5, 'no cell above 1.5');
}
