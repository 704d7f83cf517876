/** The goals of whole rollouts, and which rows miss them. */
import { must, report } from '../support/report.ts';
import { upperBound } from './clopper-pearson.ts';
import type { Row } from './contest.ts';
import { percent, seconds, short } from './rows.ts';

interface Goal {
  readonly name: string;
  readonly isAsked: (row: Row) => boolean;
  /** null: met; else what is wrong. */
  readonly miss: (row: Row) => string | null;
}

const GROSS = ['5%', '50%', '100%'];
const isHealthy = ({ regression }: Row) => regression.kind === 'healthy';
const rateOf = ({ traffic }: Row) => traffic.clientsPerSecond;

/** At most so many times as many clients hurt as by the better fair one; fewer than one is no figure to divide. */
const atMost = (times: number) => (row: Row) => {
  const [mine, theirs] = [row.teal.hurt.mean, row.fair!.finding.hurt.mean];
  if (mine <= Math.max(times * theirs, 1)) return null;
  const least = row.least === null ? '' : `; least to know it: ${short(row.least.hurt)}`;
  return `hurts ${short(mine)} beside ${short(theirs)} (${row.fair!.finding.by})${least}`;
};

const GOALS: readonly Goal[] = [
  {
    name: 'healthy: at most .3 % taken back',
    isAsked: isHealthy,
    miss: ({ teal }) => (teal.takenBack <= 0.003 ? null : `taken back ${percent(teal.takenBack)}`),
  },
  {
    name: 'healthy: out within 5 minutes (median), from 1 client a second on',
    isAsked: (row) => isHealthy(row) && rateOf(row) >= 1,
    miss: ({ teal }) =>
      (teal.out?.median ?? Infinity) <= 300_000 ? null : `out after ${seconds(teal.out?.median)} s`,
  },
  {
    name: 'never more than 1.5 times as many hurt as by the better fair one',
    isAsked: (row) => !isHealthy(row) && row.fair !== null,
    miss: atMost(1.5),
  },
  {
    name: 'from 1,000 clients a second on: a tenth, where Teal finds it',
    isAsked: (row) =>
      !isHealthy(row) && row.fair !== null && rateOf(row) >= 1000 && row.teal.takenBack >= 0.5,
    miss: atMost(1 / 10),
  },
  {
    name: 'at 100 clients a second: a fifth, of what fails 5 % and more',
    isAsked: (row) => row.fair !== null && rateOf(row) === 100 && GROSS.includes(row.regression.name),
    miss: atMost(1 / 5),
  },
];

/** Prints each goal with how many rows meet it, and every row that does not. */
export function reportGoals(title: string, rows: readonly Row[], name = nameOf): void {
  const judged = GOALS.map((goal) => {
    const asked = rows.filter(goal.isAsked);
    const missed = asked.flatMap((row) => {
      const miss = goal.miss(row);
      return miss === null ? [] : [{ row, miss }];
    });
    return { goal, asked, missed };
  });
  report(
    `${title}: goals`,
    ['goal', 'rows', 'met', 'missed'],
    judged.map(({ goal, asked, missed }) => [
      goal.name,
      asked.length,
      asked.length - missed.length,
      missed.length,
    ]),
  );
  const healthy = rows.filter(isHealthy).map(({ teal }) => teal);
  const runs = healthy.reduce((sum, one) => sum + one.runs, 0);
  const back = healthy.reduce((sum, one) => sum + Math.round(one.takenBack * one.runs), 0);
  console.log(
    `\nHealthy releases taken back: ${back} of ${runs}, at most ${percent(upperBound(back, runs))} (95 %).`,
  );
  for (const { goal, missed } of judged) {
    for (const { row, miss } of missed) must(false, `${name(row)}: ${miss} (${goal.name})`);
  }
  const unfair = rows.filter(
    (row) =>
      !isHealthy(row) &&
      row.best !== row.fair &&
      row.teal.hurt.mean > Math.max(1, 1.5 * row.best.finding.hurt.mean),
  );
  for (const row of unfair) {
    const { finding, healthyTakenBack } = row.best;
    console.log(
      `\n${name(row)}: hurts ${short(row.teal.hurt.mean)} beside ${short(finding.hurt.mean)} by ${finding.by}, which takes back ${percent(healthyTakenBack)} of the healthy ones.`,
    );
  }
}

export const nameOf = ({ regression, traffic }: Row): string =>
  `${regression.name} at ${traffic.clientsPerSecond}/s, ${percent(traffic.baseRate)}`;
