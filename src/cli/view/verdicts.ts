import type { VerdictStatus } from '../../api/schema.ts';
import type { Painter } from '../terminal/paint.ts';
import { wrap } from '../terminal/wrap.ts';
import { bar, progress } from './bars.ts';

/** Columns below which bars give way to figures. */
export const NARROW = 72;

/** Each metric's way towards harm and safe, with its explanation unless it is to be brief. */
export function verdictLines(
  verdicts: readonly VerdictStatus[],
  width: number,
  paint: Painter,
  isBrief = false,
): string[] {
  if (verdicts.length === 0) return [];
  return [
    '',
    ...verdicts.flatMap((verdict) => [
      way(verdict, width, paint),
      ...(isBrief ? [] : said(verdict, width, paint)),
    ]),
  ];
}

function way({ metric, verdict, e, needed }: VerdictStatus, width: number, paint: Painter): string {
  const harm = progress(e.harm, needed.harm);
  const safe = progress(e.safe, needed.safe);
  const percent = (value: number) => `${Math.floor(value * 100)} %`.padStart(5);
  const word = paint(verdict === 'harm' ? 'red' : verdict === 'safe' ? 'green' : 'yellow', verdict);
  if (width < NARROW) return `  ${metric.slice(0, 10)} ${word}  harm${percent(harm)} safe${percent(safe)}`;
  return (
    `  ${metric.slice(0, 10).padEnd(10)} harm ${paint('red', bar(harm, 14))}${percent(harm)}   ` +
    `safe ${paint('green', bar(safe, 14))}${percent(safe)}   ${word}`
  );
}

const said = ({ explanation }: VerdictStatus, width: number, paint: Painter): string[] =>
  wrap(explanation, width - 13)
    .split('\n')
    .map((line) => `             ${paint('dim', line)}`);
