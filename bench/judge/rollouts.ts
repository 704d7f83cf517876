/**
 * Whole rollouts by the real decisions and the real judge, beside Argo Rollouts and Flagger as documented: clients hurt, mean / 95th
 * percentile, for each traffic, base rate and kind of failure. A canary with the default settings, or that of a file.
 */
import { candidatesOf } from '../../src/cli/simulate/options.ts';
import { loadSpecFile, parseSpec } from '../../src/spec/index.ts';
import { report } from '../support/report.ts';
import { COLUMNS, cellsOf, contest, mustMeetGoals, percent } from './contest.ts';

export interface RolloutsOptions {
  readonly runs: number;
  readonly seed: number;
  /** Clients a second. */
  readonly rates: readonly number[];
  /** Shares of stable's requests that fail. */
  readonly baseRates: readonly number[];
  /** As `--regression` of `teal simulate` takes them. */
  readonly kinds: string;
  /** A teal.yaml; null: a canary with the defaults. */
  readonly file: string | null;
}

export const KINDS = '1%,5%,50%,100%,2x,5x,10x,10% after 3m,10% after 10m,crash after 10s';

export async function specOf(file: string | null) {
  const { services } =
    file === null
      ? { services: parseSpec('service: bench\nrun: node server.js\nlisten: 8080\n', '/teal.yaml') }
      : await loadSpecFile(file);
  return services[0]!;
}

export async function rollouts({
  runs,
  seed,
  rates,
  baseRates,
  kinds,
  file,
}: RolloutsOptions): Promise<void> {
  const spec = await specOf(file);
  for (const baseRate of baseRates) {
    // Where stable never fails, no multiple of that is a failure.
    const candidates = candidatesOf({ regression: kinds }).filter(
      ({ kind }) => baseRate > 0 || kind !== 'ratio',
    );
    const rows = rates.flatMap((clientsPerSecond) =>
      contest(spec, { clientsPerSecond, baseRate, requestsPerClient: 1, audience: null }, candidates, {
        runs,
        seed,
      }),
    );
    report(
      `Whole rollouts, ${percent(baseRate)} of stable's requests fail, ${runs} runs a row, seed ${seed}`,
      ['clients a second', 'candidate', ...COLUMNS],
      rows.map((row) => [row.traffic.clientsPerSecond, row.regression.name, ...cellsOf(row)]),
    );
    console.log('\n`*`: it takes back most of the healthy releases as well.');
    for (const row of rows) mustMeetGoals(row);
  }
}
