/**
 * Healthy hours under continuous watching: how many are harm at any time. Settings as they ship (tolerated 1.25 times, floor
 * .1 %, alpha 1 %), and the stricter question without either.
 */
import { RATE_DEFAULTS } from '../../src/judge/index.ts';
import { binomialAbove } from '../../test/judge/random.ts';
import { must, report } from '../support/report.ts';
import { upperBound } from './clopper-pearson.ts';
import { SCENARIOS } from './healthy-hours.ts';
import type { Jobs } from './jobs.ts';
import { percent } from './rows.ts';

const ALPHA = RATE_DEFAULTS.alphaHarm;
/** So many hours are one part of the work. */
const TOGETHER = 50;

export async function healthy(
  jobs: Jobs,
  { hours, seed }: { readonly hours: number; readonly seed: number },
): Promise<void> {
  const parts = SCENARIOS.flatMap(({ name }) =>
    Array.from({ length: Math.ceil(hours / TOGETHER) }, (_, j) => {
      const from = j * TOGETHER;
      return { name, from, hours: Math.min(TOGETHER, hours - from), seed };
    }),
  );
  const found = await jobs.all('hours', parts);
  const rows = SCENARIOS.map((scenario) => {
    const mine = found.filter((_, j) => parts[j]!.name === scenario.name);
    const sum = (pick: (one: (typeof mine)[number]) => number) =>
      mine.reduce((total, one) => total + pick(one), 0);
    return { ...scenario, shipped: sum((one) => one.shipped), strict: sum((one) => one.strict) };
  });
  const shown = (count: number) => `${percent(count / hours)} (at most ${percent(upperBound(count, hours))})`;
  report(
    `Healthy hours taken for harm, ${hours} hours a scenario, looked at every second, alpha 1 %, seed ${seed}; in brackets the upper bound of Clopper and Pearson at 95 %`,
    [
      'what happens',
      'tolerated 1.25 times, floor .1 % (as it ships)',
      'tolerated 1 time, no floor',
      'promised',
    ],
    rows.map(({ name, shipped, strict, beyond }) => [
      name,
      shown(shipped),
      shown(strict),
      beyond === undefined ? 'both' : beyond === 'strict' ? 'the first' : 'no',
    ]),
  );
  // More than chance brings once in 10,000 benchmarks, were the rate exactly alpha.
  const isMore = (count: number) => binomialAbove(hours, ALPHA, count - 1) < 1e-4;
  for (const { name, shipped, strict, beyond } of rows) {
    must(beyond === 'both' || !isMore(shipped), `${name}: at most 1 % as it ships`);
    must(beyond !== undefined || !isMore(strict), `${name}: at most 1 % without tolerance`);
  }
}
