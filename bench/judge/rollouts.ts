/**
 * Whole rollouts by the real decisions and the real judge, beside Argo Rollouts and Flagger as documented: clients hurt, mean / 95th
 * percentile, for each traffic, base rate and kind of failure. A canary with the default settings, or that of a file.
 */
import { candidatesOf } from '../../src/cli/simulate/options.ts';
import { report } from '../support/report.ts';
import { type ContestOptions, contest } from './contest.ts';
import { reportGoals } from './goals.ts';
import type { Jobs } from './jobs.ts';
import { COLUMNS, cellsOf, NOTES, percent } from './rows.ts';

export interface RolloutsOptions extends ContestOptions {
  /** Clients a second. */
  readonly rates: readonly number[];
  /** Shares of stable's requests that fail. */
  readonly baseRates: readonly number[];
  /** As `--regression` of `teal simulate` takes them. */
  readonly kinds: string;
}

export const KINDS = '1%,5%,50%,100%,2x,5x,10x,10% after 3m,10% after 10m,crash after 10s';

export async function rollouts(jobs: Jobs, options: RolloutsOptions): Promise<void> {
  const { rates, baseRates, kinds, runs, seed } = options;
  const candidates = candidatesOf({ regression: kinds }).filter(({ kind }) => kind !== 'healthy');
  const rounds = baseRates.flatMap((baseRate) =>
    rates.map((clientsPerSecond) => ({
      traffic: { clientsPerSecond, baseRate, requestsPerClient: 1, audience: null },
      // Where stable never fails, no multiple of that is a failure.
      candidates: candidates.filter(({ kind }) => baseRate > 0 || kind !== 'ratio'),
    })),
  );
  const rows = (await contest(jobs, rounds, options)).flat();
  for (const baseRate of baseRates) {
    report(
      `Whole rollouts, ${percent(baseRate)} of stable's requests fail, ${runs} runs a row, seed ${seed}`,
      ['clients a second', 'candidate', ...COLUMNS],
      rows
        .filter(({ traffic }) => traffic.baseRate === baseRate)
        .map((row) => [row.traffic.clientsPerSecond, row.regression.name, ...cellsOf(row)]),
    );
  }
  console.log(`\n${NOTES}`);
  reportGoals('Whole rollouts', rows);
}
