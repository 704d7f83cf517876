/** Rows of a contest as they are printed. */
import type { Rival, Row } from './contest.ts';

export const COLUMNS = [
  'clients hurt: Teal',
  'the better of Argo and Flagger',
  'which',
  'the better fair one',
  'least to know it',
  'taken back: Teal',
  'the better one',
  's until taken back: Teal',
  'the better one',
  's to 100 %: Teal',
  'the better one',
];

export const NOTES = [
  'Clients hurt: mean / 95th percentile. `*`: a tool that takes back more than 1 % of the healthy releases of such a service, with the share of them;',
  'a *fair one* does not. *Least to know it*: so many clients must be hurt, of so many, on average, before any test of this level can',
  'know, even one that knows the rate of stable exactly.',
].join('\n');

export const cellsOf = ({ teal, best, fair, least }: Row): readonly string[] => [
  hurt(teal),
  hurt(best.finding),
  nameOf(best),
  fair === null ? 'none' : fair === best ? 'the same' : `${hurt(fair.finding)} (${fair.finding.by})`,
  least === null ? '-' : `${short(least.hurt)} of ${short(least.clients)}`,
  percent(teal.takenBack),
  percent(best.finding.takenBack),
  seconds(teal.back?.median),
  seconds(best.finding.back?.median),
  seconds(teal.out?.median),
  seconds(best.finding.out?.median),
];

const nameOf = ({ finding, healthyTakenBack }: Rival) =>
  healthyTakenBack > 0.01 ? `${finding.by}* (${percent(healthyTakenBack)})` : finding.by;

const hurt = ({ hurt: { mean, p95 } }: Row['teal']) => `${short(mean)} / ${short(p95)}`;

export const short = (value: number): string =>
  (value < 10 ? Number(value.toFixed(1)) : Math.round(value)).toLocaleString('en-US');

export const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : short(ms / 1000));

export const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
