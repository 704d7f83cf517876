/** How the evidence of a rollout came together, drawn over its time. */
import type { MomentStatus, VerdictStatus } from '../../api/schema.ts';
import type { Painter } from '../terminal/paint.ts';
import { progress } from './bars.ts';
import { count, duration, rate, share, timeOfDay } from './format.ts';

/** Fewer moments than this show nothing that the verdicts do not say. */
const ENOUGH = 3;
const LABEL = 12;

/**
 * For each metric: how many went wrong on either side between two moments, on one scale, and how far the evidence had come
 * towards harm and safe. A column is a moment; moments are evenly spread while there was traffic.
 */
export function replayLines(
  replay: readonly MomentStatus[],
  verdicts: readonly VerdictStatus[],
  paint: Painter,
): string[] {
  const [first, last] = [replay[0], replay.at(-1)];
  if (replay.length < ENOUGH || first === undefined || last === undefined) return [];
  const [from, to] = [Date.parse(first.at), Date.parse(last.at)];
  const weights = replay.map(({ weight }) => weight / 10_000);
  return [
    '',
    `  The evidence from ${timeOfDay(from)} to ${timeOfDay(to)} (${duration(to - from)})`,
    line('weight', weights.map(spark), share(last.weight), paint),
    ...verdicts.flatMap((verdict) => metricLines(replay, verdict, paint)),
  ];
}

function metricLines(replay: readonly MomentStatus[], verdict: VerdictStatus, paint: Painter): string[] {
  const { metric, needed } = verdict;
  const moments = replay.map(({ at, metrics }) => ({
    at,
    now: metrics.find((one) => one.metric === metric),
  }));
  const rates = (arm: 'candidate' | 'stable') => ratesBetween(moments.map(({ now }) => now?.[arm] ?? NONE));
  const [candidate, stable] = [rates('candidate'), rates('stable')];
  const most = Math.max(...[...candidate, ...stable].map((value) => value ?? 0));
  const scaled = (values: readonly (number | null)[]) =>
    values.map((value) => (value === null ? ' ' : spark(most === 0 ? 0 : value / most)));
  const towards = (side: 'harm' | 'safe') =>
    moments.map(({ now }) => spark(now === undefined ? 0 : progress(now.e[side], needed[side])));
  const proven = (side: 'harm' | 'safe') => {
    const found = moments.find(({ now }) => now?.verdict === side);
    return found === undefined ? '' : `${side} at ${timeOfDay(Date.parse(found.at))}`;
  };
  return [
    `  ${paint('bold', metric)}`,
    line('  candidate', scaled(candidate), total(verdict.candidate), paint),
    line('  stable', scaled(stable), total(verdict.stable), paint),
    line('  to harm', towards('harm'), proven('harm'), paint, 'red'),
    line('  to safe', towards('safe'), proven('safe'), paint, 'green'),
  ];
}

interface Counted {
  readonly n: number;
  readonly bad: number;
}
const NONE: Counted = { n: 0, bad: 0 };

/** Bad ones over all between each moment and the one before; null where nothing came. */
function ratesBetween(counts: readonly Counted[]): (number | null)[] {
  return counts.map(({ n, bad }, index) => {
    const before = counts[index - 1] ?? NONE;
    const [came, went] = [n - before.n, bad - before.bad];
    if (came <= 0) return went > 0 ? 1 : null;
    return Math.min(1, Math.max(0, went / came));
  });
}

const line = (
  label: string,
  cells: readonly string[],
  end: string,
  paint: Painter,
  colour: 'cyan' | 'red' | 'green' = 'cyan',
) => `  ${label.padEnd(LABEL)}${paint(colour, cells.join(''))}  ${end}`.trimEnd();

const total = ({ n, bad }: Counted): string =>
  n === 0 ? 'nothing came' : `${rate(bad / n)} (${count(bad)} of ${count(n)})`;

/** A share 0-1 as an eighth of a line's height; a little is never nothing. */
function spark(value: number): string {
  const eighths = '▁▂▃▄▅▆▇█';
  return value <= 0 ? '·' : eighths[Math.min(7, Math.floor(value * 8))]!;
}
