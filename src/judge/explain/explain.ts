import type { HistoryAlarm } from '../history/history.ts';
import type { Counts } from '../input.ts';
import type { RateVerdict } from '../rates/rate-types.ts';
import { clientsUntilSafe } from './outlook.ts';
import { countOf, countOfShort, figure, howLong, percent, times, type Unit, whole } from './words.ts';

export interface ExplainNames {
  /** Names of the releases. */
  readonly candidate: string;
  readonly stable: string;
  /** What is counted. Default: client, clients. */
  readonly unit?: Unit;
  /** What happened to the bad ones, after their number. Default: `got errors` for `errors`, else `were bad`. */
  readonly bad?: string;
  /** So many of candidate come a second now: says how long safe takes. Default: not told. */
  readonly perSecond?: number;
  /** False where the metric's name stands beside the sentence anyway. Default: named, unless it is `errors`. */
  readonly subject?: boolean;
  /** The comparison has ended, so nothing is said of how it may go on. Default: it runs. */
  readonly isOver?: boolean;
}

const CLIENTS: Unit = { one: 'client', many: 'clients' };

/** A verdict in one sentence with its numbers; a metric other than `errors` is named first. */
export function explain(metric: string, verdict: RateVerdict, names: ExplainNames): string {
  return subjectOf(metric, names) + sentence(metric, verdict, names);
}

function sentence(metric: string, verdict: RateVerdict, names: ExplainNames): string {
  const unit = names.unit ?? CLIENTS;
  if (verdict.candidate.n === 0) {
    const meanwhile = verdict.stable.n === 0 ? '' : `, ${whole(verdict.stable.n)} of ${names.stable}`;
    return `no ${unit.one} of ${names.candidate} so far${meanwhile}: undecided`;
  }
  const seen = comparison(verdict, names, unit, badWords(metric, names));
  switch (verdict.verdict) {
    case 'harm':
      return `${seen}; if ${names.candidate} were fine, this would happen less than once in ${whole(verdict.needed.harm)} rollouts`;
    case 'safe':
      return `${seen}; ${ruledOut(verdict, names)} is ruled out; a release that bad would pass less than once in ${whole(verdict.needed.safe)} rollouts`;
    case 'undecided':
      return `${seen}; undecided, with ${progress(verdict.e.harm, verdict.needed.harm)} of the evidence that harm needs and ${progress(verdict.e.safe, verdict.needed.safe)} of what safe needs${outlook(verdict, names, unit)}`;
  }
}

/** An alarm against history, or its absence, in one sentence. */
export function explainHistory(
  metric: string,
  alarm: HistoryAlarm,
  names: Pick<ExplainNames, 'candidate' | 'unit' | 'bad' | 'subject'>,
): string {
  const { n, bad } = alarm.candidate;
  const subject = subjectOf(metric, names);
  const unit = names.unit ?? CLIENTS;
  if (n === 0) return `${subject}no ${unit.one} of ${names.candidate} so far`;
  const rate = bad === 0 ? '' : ` (${percent(bad / n)})`;
  const seen = `${subject}${countOf(bad, n, unit, names.candidate)} ${badWords(metric, names)}${rate}`;
  if (!alarm.alarm) {
    const bursts = alarm.neededInBursts === null ? '' : ', and more in bursts such as it may have had';
    return alarm.unknown === null
      ? `${seen}; the past allows ${percent(alarm.limit)}${bursts}`
      : `${seen}; ${explainUnknown(alarm.unknown, alarm.limit)}`;
  }
  const allowed =
    alarm.unknown === null
      ? `where the past allows ${percent(alarm.limit)}`
      : `where ${percent(alarm.limit)} is allowed, because too little is known of the past`;
  const by =
    alarm.neededInBursts === null
      ? `by chance alone this would happen less than once in ${whole(alarm.needed)} releases`
      : `by chance, with bursts such as it may have had, this would happen less than once in ${whole(alarm.neededInBursts)} releases`;
  return `${seen}, ${allowed}; ${by}`;
}

/** That there is too little past to compare with, and what is allowed meanwhile. */
export function explainUnknown(pastClients: number, limit: number): string {
  const known =
    pastClients === 0
      ? 'nobody is known of the last 24 hours'
      : `only ${pastClients === 1 ? '1 client is' : `${whole(pastClients)} clients are`} known of the last 24 hours`;
  return `not compared with the past, because ${known}: ${percent(limit)} is allowed meanwhile`;
}

const subjectOf = (metric: string, names: Pick<ExplainNames, 'subject'>): string =>
  names.subject === false || metric === 'errors' ? '' : `${metric}: `;

function badWords(metric: string, names: Pick<ExplainNames, 'bad'>): string {
  return names.bad ?? (metric === 'errors' ? 'got errors' : 'were bad');
}

function comparison(verdict: RateVerdict, names: ExplainNames, unit: Unit, bad: string): string {
  const { candidate, stable } = verdict;
  const first = `${countOf(candidate.bad, candidate.n, unit, names.candidate)} ${bad}`;
  if (stable.n === 0) return `${first}, with none of ${names.stable} to compare with`;
  const both = `${first}, ${countOfShort(stable.bad, stable.n, names.stable)}`;
  return candidate.bad === 0 || stable.bad === 0 ? both : `${both}: ${times(rate(candidate) / rate(stable))}`;
}

function ruledOut({ options }: RateVerdict, names: ExplainNames): string {
  const worse = `worse than ${figure(options.rhoSafe)} times the rate of ${names.stable}`;
  return options.floor === 0 ? worse : `${worse} (and above ${percent(options.floor)})`;
}

/** Evidence adds up in logarithms, so that is where half of the way is half. */
function progress(e: number, needed: number): string {
  const share = Math.log(e) / Math.log(needed);
  return `${Math.min(99, Math.max(0, Math.floor(share * 100)))} %`;
}

function outlook(verdict: RateVerdict, names: ExplainNames, unit: Unit): string {
  const more = names.isOver ? null : clientsUntilSafe(verdict);
  if (more === null) return '';
  const rounded = Number(more.toPrecision(more < 100 ? 1 : 2));
  const time = names.perSecond ? `, ${howLong(more / names.perSecond)} as they come now` : '';
  return `; if it goes on like this, safe takes about ${whole(rounded)} more ${rounded === 1 ? unit.one : unit.many} of ${names.candidate}${time}`;
}

const rate = ({ n, bad }: Counts): number => bad / n;
