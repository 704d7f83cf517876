import type { Turn } from '../turn.ts';
import type { Running, StepReport } from './step-report.ts';

/** A gate: opened by `approve` or `promote`; when nobody answers, what the file says is done. */
export function reportApprove(turn: Turn, step: Running<'approve'>): StepReport {
  const until = step.startedAt + step.within;
  if (turn.now < until) {
    const then = step.otherwise === 'abort' ? 'it is taken back' : 'it goes on';
    return { kind: 'waiting', text: `a person's approval (without one ${then})`, until };
  }
  const reason = `Nobody answered the gate within ${Math.round(step.within / 1000)} s`;
  return step.otherwise === 'continue'
    ? { kind: 'done', note: `${reason}: goes on, as configured` }
    : { kind: 'failed', by: 'gate', outcome: 'aborted', reason };
}
