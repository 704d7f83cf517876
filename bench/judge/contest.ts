/** Teal beside Argo Rollouts and Flagger on the same simulated rollouts, and the goals of every row. */
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import {
  argo,
  type Finding,
  flagger,
  type Regression,
  study,
  type Traffic,
} from '../../src/simulate/index.ts';
import { must } from '../support/report.ts';

export interface Row {
  readonly traffic: Traffic;
  readonly regression: Regression;
  readonly teal: Finding;
  /** The one that hurts fewer clients. */
  readonly best: Finding;
  /** `*`: it takes back most of the healthy releases as well. */
  readonly mark: string;
}

const rules = [argo(), flagger()];

/** The first candidate is the healthy one. */
export function contest(
  spec: ServiceSpec,
  traffic: Traffic,
  candidates: readonly Regression[],
  { runs, seed }: { readonly runs: number; readonly seed: number },
): readonly Row[] {
  const work = study({ spec, traffic, candidates, rules, runs, seed });
  let step = work.next();
  while (!step.done) step = work.next();
  const all = step.value;
  return candidates.map((regression): Row => {
    const [teal, ...others] = all.filter(({ candidate }) => candidate === regression.name) as [
      Finding,
      ...Finding[],
    ];
    const best = others.reduce((a, b) => (b.hurt.mean < a.hurt.mean ? b : a));
    const healthy = all.find(({ candidate, by }) => candidate === candidates[0]!.name && by === best.by)!;
    return { traffic, regression, teal, best, mark: healthy.takenBack >= 0.5 ? '*' : '' };
  });
}

export const COLUMNS = [
  'clients hurt: Teal',
  'the better of Argo and Flagger',
  'which',
  'taken back: Teal',
  'the other',
  's until taken back: Teal',
  'the other',
  's to 100 %: Teal',
  'the other',
];

export const cellsOf = ({ teal, best, mark }: Row): readonly string[] => [
  `${short(teal.hurt.mean)} / ${short(teal.hurt.p95)}`,
  `${short(best.hurt.mean)} / ${short(best.hurt.p95)}`,
  best.by + mark,
  percent(teal.takenBack),
  percent(best.takenBack),
  seconds(teal.back?.median),
  seconds(best.back?.median),
  seconds(teal.out?.median),
  seconds(best.out?.median),
];

const GROSS = ['5%', '50%', '100%'];

/**
 * The goals: healthy releases out within five minutes (median) and at most .3 % of them taken back; never 1.5 times as many clients
 * hurt as by the better of the two; a tenth from 1,000 clients/s on where it is found; a fifth at 100/s of what fails 5 % and more.
 */
export function mustMeetGoals(row: Row, healthyMayFail = false): void {
  const { traffic, regression, teal, best } = row;
  const rate = traffic.clientsPerSecond;
  const at = `${regression.name} at ${rate}/s, ${percent(traffic.baseRate)}:`;
  if (regression.kind === 'healthy') {
    must(
      healthyMayFail || teal.takenBack <= 0.003,
      `${at} taken back ${percent(teal.takenBack)}, .3 % is the goal`,
    );
    if (rate >= 1) {
      const median = teal.out?.median ?? Number.POSITIVE_INFINITY;
      must(median <= 300_000, `${at} out after ${seconds(median)} s, 300 is the goal`);
    }
    return;
  }
  const [mine, theirs] = [teal.hurt.mean, best.hurt.mean];
  const beside = `hurts ${short(mine)} beside ${short(theirs)},`;
  must(mine <= Math.max(1.5 * theirs, 1), `${at} ${beside} at most 1.5 times as many is the goal`);
  if (rate >= 1000 && teal.takenBack >= 0.5) must(mine <= theirs / 10, `${at} ${beside} a tenth is the goal`);
  if (rate === 100 && GROSS.includes(regression.name)) {
    must(mine <= theirs / 5, `${at} ${beside} a fifth is the goal`);
  }
}

const short = (value: number) =>
  (value < 10 ? Number(value.toFixed(1)) : Math.round(value)).toLocaleString('en-US');
const seconds = (ms: number | undefined) => (ms === undefined ? '-' : short(ms / 1000));
export const percent = (share: number) => `${Number((100 * share).toFixed(2))} %`;
