import type { Event } from '../events.ts';
import type { Rollout, StepState } from '../model.ts';
import { everShifted } from '../state.ts';
import { clearingDeadline, hindrance } from '../steps/clearing.ts';
import { reportUnjudged } from '../steps/judged.ts';
import { reportStep } from '../steps/report.ts';
import type { Turn } from '../turn.ts';
import { holdOf } from '../waiting/hold.ts';
import { takeBack } from './take-back.ts';

/** Every wait that has come to its end without what it waited for, and every step that has failed before. */
export function deadlines(turn: Turn): readonly Event[] {
  const { rollout } = turn.state;
  if (!rollout || rollout.takeBack) return [];
  const step = rollout.steps[rollout.step];
  return first(
    () => fellBack(turn, rollout),
    () => pauseOver(turn, rollout),
    () => (step ? failedStep(turn, rollout, step) : []),
    () => (step ? neverStarts(turn, rollout, step) : []),
  );
}

/** The first that has something to say: one take-back is enough. */
function first(...each: readonly (() => readonly Event[])[]): readonly Event[] {
  for (const events of each) {
    const found = events();
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The router has sent everybody to stable by itself, because the daemon was away for too long. Its clients have gone back;
 * widening again would move them a third time (I2), so that is the rollout's end.
 */
function fellBack(turn: Turn, rollout: Rollout): readonly Event[] {
  const at = turn.world.routing?.fellBackAt ?? null;
  if (at === null || at < rollout.startedAt || !everShifted(rollout) || !rollout.stable) return [];
  const reason = 'The router sent everybody to stable by itself, because the daemon was away for too long';
  return takeBack(turn, { by: 'deadline', outcome: 'failed', reason });
}

function pauseOver(turn: Turn, { pause }: Rollout): readonly Event[] {
  if (!pause || turn.now < pause.until) return [];
  const reason = `Paused by ${pause.by} and not resumed in time`;
  return takeBack(turn, { by: 'deadline', outcome: 'aborted', reason });
}

function failedStep(turn: Turn, rollout: Rollout, step: StepState): readonly Event[] {
  if (step.state !== 'running' && rollout.retreat.since === null) return [];
  const report = reportStep(turn, rollout, step);
  return report.kind === 'failed' ? takeBack(turn, report) : [];
}

function neverStarts(turn: Turn, rollout: Rollout, step: StepState): readonly Event[] {
  if (step.state !== 'pending') return [];
  if (holdOf(turn, rollout, step)?.until === Number.POSITIVE_INFINITY) {
    const reason = 'The freeze windows leave no moment of the week free';
    return takeBack(turn, { by: 'deadline', outcome: 'aborted', reason });
  }
  const unjudged = reportUnjudged(turn, rollout, step);
  if (unjudged?.kind === 'failed') return takeBack(turn, unjudged);
  const deadline = clearingDeadline(turn, rollout, step);
  if (deadline === null || turn.now < deadline) return [];
  const reason = `Waited in vain for ${hindrance(turn, rollout)}`;
  return takeBack(turn, { by: 'deadline', outcome: 'failed', reason });
}
