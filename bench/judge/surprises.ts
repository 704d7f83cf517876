/** Whole rollouts in scenarios for which no rule was tuned. */
import { failing, type Regression, type Traffic } from '../../src/simulate/index.ts';
import { report } from '../support/report.ts';
import { type ContestOptions, contest } from './contest.ts';
import { nameOf, reportGoals } from './goals.ts';
import type { Jobs } from './jobs.ts';
import { COLUMNS, cellsOf, NOTES } from './rows.ts';

interface Surprise {
  readonly name: string;
  readonly traffic: Partial<Traffic>;
  /** Besides a healthy one. */
  readonly candidates: readonly Regression[];
  /** What happens is none of the release's doing, yet only the candidate has it: nothing can tell. */
  readonly healthyMayFail?: boolean;
}

const times = (size: number): Regression => ({ name: `${size}x`, kind: 'ratio', size, after: 0 });
const late = (share: number, after: number): Regression => ({
  ...failing(share),
  name: `${100 * share}% after ${after / 60}m`,
  after,
});
const cold = (size: number, after: number): Regression => ({
  name: `${size}x for ${after} s, then as good`,
  kind: 'cold',
  size,
  after,
});
const someClients = (size: number): Regression => ({
  name: `each request of ${100 * size} % of the clients`,
  kind: 'clients',
  size,
  after: 0,
});

const slower = (size: number): Regression => ({ name: `${size}x slower`, kind: 'slower', size, after: 0 });

const REGULARS = { audience: 20_000, tail: 1.1 };

const SURPRISES: readonly Surprise[] = [
  {
    name: 'an audience of 20,000, Pareto visit rates',
    traffic: { ...REGULARS, baseRate: 0.001 },
    candidates: [failing(0.05), times(5), someClients(0.02), late(0.1, 600)],
  },
  {
    name: 'arrivals swing by 80 % in an hour',
    traffic: { unrest: { tide: { share: 0.8, seconds: 3600 } } },
    candidates: [failing(0.05), times(5), late(0.1, 600)],
  },
  {
    name: 'failures in bursts, the same for both (a new rate each 10 s, exponential)',
    traffic: { baseRate: 0.01, unrest: { noise: { seconds: 10, shared: true } } },
    candidates: [failing(0.05), times(5)],
  },
  {
    name: 'failures in bursts, each release its own',
    traffic: { baseRate: 0.01, unrest: { noise: { seconds: 10, shared: false } } },
    candidates: [failing(0.05), times(5)],
    healthyMayFail: true,
  },
  {
    name: 'cold caches',
    traffic: {},
    candidates: [cold(3, 30), cold(20, 30), cold(20, 120)],
  },
  {
    name: 'errors that 2 % of the clients meet',
    traffic: {},
    candidates: [someClients(0.02)],
  },
  {
    name: 'a base rate that grows five times in 30 minutes',
    traffic: { unrest: { drift: { times: 5, seconds: 1800 } } },
    candidates: [failing(0.05), times(5)],
  },
  {
    name: 'latency is judged, half of the requests take 80 ms',
    traffic: { latency: { median: 80, spread: 0.8 } },
    candidates: [failing(0.05), slower(1.5), slower(2), slower(10)],
  },
  {
    name: 'late failures at full weight',
    traffic: {},
    candidates: [late(0.01, 480), late(0.1, 480), late(1, 480)],
  },
];

export interface SurprisesOptions extends ContestOptions {
  /** Clients a second. */
  readonly rates: readonly number[];
}

export async function surprises(jobs: Jobs, options: SurprisesOptions): Promise<void> {
  const { rates, runs, seed } = options;
  const rounds = SURPRISES.flatMap((surprise) =>
    rates.map((clientsPerSecond) => {
      const usual = { clientsPerSecond, requestsPerClient: 1, baseRate: 0.001, audience: null };
      const traffic: Traffic = { ...usual, ...surprise.traffic };
      return { surprise, traffic, candidates: surprise.candidates };
    }),
  );
  const found = await contest(jobs, rounds, options);
  const rows = found.flatMap((some, j) => some.map((row) => ({ ...row, surprise: rounds[j]!.surprise })));
  report(
    `Surprises: scenarios for which nothing was tuned, ${runs} runs a row, seed ${seed}`,
    ['scenario', 'clients a second', 'candidate', ...COLUMNS],
    rows.map((row) => [
      row.surprise.name,
      row.traffic.clientsPerSecond,
      row.regression.name,
      ...cellsOf(row),
    ]),
  );
  console.log(`\n${NOTES}`);
  // To be taken back for cold caches is no mistake, and not to be is none.
  const judged = rows.filter(
    ({ regression, surprise }) =>
      regression.kind !== 'cold' && !(surprise.healthyMayFail && regression.kind === 'healthy'),
  );
  reportGoals('Surprises', judged, (row) => {
    const { surprise } = judged.find((one) => one === row)!;
    return `${surprise.name}: ${nameOf(row)}`;
  });
}
