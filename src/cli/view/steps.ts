import type { RolloutStatus, StepStatus } from '../../api/schema.ts';
import type { Painter } from '../terminal/paint.ts';
import { bar } from './bars.ts';
import { duration } from './format.ts';

/** The steps of a rollout with marks and times, at most `room` lines: those around the current one. */
export function stepLines(rollout: RolloutStatus, room: number, now: number, paint: Painter): string[] {
  const { steps } = rollout;
  const lines = steps.map((step, index) => stepLine(step, index === rollout.step, rollout, now, paint));
  if (lines.length <= room) return lines;
  const shown = Math.max(1, room - 2);
  const first = Math.min(Math.max(0, rollout.step - Math.floor(shown / 3)), lines.length - shown);
  const after = lines.length - first - shown;
  return [
    ...(first > 0 ? [paint('dim', `  … ${first} before`)] : []),
    ...lines.slice(first, first + shown),
    ...(after > 0 ? [paint('dim', `  … ${after} to come`)] : []),
  ];
}

function stepLine(
  step: StepStatus,
  current: boolean,
  rollout: RolloutStatus,
  now: number,
  paint: Painter,
): string {
  const started = step.startedAt === null ? null : Date.parse(step.startedAt);
  const took = started === null ? '' : duration((step.endedAt ? Date.parse(step.endedAt) : now) - started);
  const label = step.label.padEnd(44);
  if (step.state === 'done') return `  ${paint('green', '✓')} ${kind(step)} ${label} ${took.padStart(11)}`;
  if (step.state === 'skipped') return paint('dim', `  - ${kind(step)} ${label}     skipped`);
  if (!current || step.state === 'pending') return paint('dim', `  · ${kind(step)} ${label}`.trimEnd());
  if (rollout.takingBack)
    return `  ${paint('red', '✗')} ${paint('bold', `${kind(step)} ${label}`)} ${took.padStart(11)}`;
  return `  ${paint('cyan', '▸')} ${paint('bold', `${kind(step)} ${label}`)} ${timeBar(started, rollout.until, now)}${took.padStart(11)}`;
}

const kind = (step: StepStatus) => step.kind.padEnd(8);

/** How much of the wait is over. */
function timeBar(started: number | null, until: string | null, now: number): string {
  if (started === null || until === null) return '';
  const whole = Date.parse(until) - started;
  return whole > 0 ? `${bar((now - started) / whole, 8)} ` : '';
}
