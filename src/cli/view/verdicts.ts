import type { VerdictStatus } from '../../api/schema.ts';
import type { Painter } from '../paint.ts';
import { wrap } from '../wrap.ts';
import { bar, progress } from './bars.ts';

/** Each metric's way towards harm and safe, with its explanation. */
export function verdictLines(verdicts: readonly VerdictStatus[], width: number, paint: Painter): string[] {
  if (verdicts.length === 0) return [];
  return ['', ...verdicts.flatMap((verdict) => lines(verdict, width, paint))];
}

function lines({ metric, verdict, e, needed, explanation }: VerdictStatus, width: number, paint: Painter) {
  const harm = progress(e.harm, needed.harm);
  const safe = progress(e.safe, needed.safe);
  const percent = (value: number) => `${Math.floor(value * 100)} %`.padStart(5);
  const said = paint(verdict === 'harm' ? 'red' : verdict === 'safe' ? 'green' : 'yellow', verdict);
  return [
    `  ${metric.slice(0, 10).padEnd(10)} harm ${paint('red', bar(harm, 14))}${percent(harm)}   ` +
      `safe ${paint('green', bar(safe, 14))}${percent(safe)}   ${said}`,
    ...wrap(explanation, width - 13)
      .split('\n')
      .map((line) => `             ${paint('dim', line)}`),
  ];
}
