/** Before a candidate can start, what its environment held before must be gone. */
import type { Rollout, StepState } from '../model.ts';
import { specOf } from '../state.ts';
import { CLEARING } from '../times.ts';
import { isVacantFor, type Turn } from '../turn.ts';

/** Whether the candidate's environment is free for it. */
export function isCleared(turn: Turn, rollout: Rollout): boolean {
  const { environment, release } = rollout.candidate;
  const { role } = turn.state.environments[environment];
  return role === 'candidate' || (role === 'empty' && isVacantFor(turn, environment, release));
}

/** When waiting for that is over, Unix ms; null: nothing is waited for. */
export function clearingDeadline(turn: Turn, rollout: Rollout, step: StepState): number | null {
  if (step.kind !== 'prepare' || step.state !== 'pending' || isCleared(turn, rollout)) return null;
  const from = rollout.steps[rollout.step - 1]?.endedAt ?? rollout.startedAt;
  const { until, release } = turn.state.environments[rollout.candidate.environment];
  const spec = specOf(turn.state, release ?? rollout.candidate.release);
  return Math.max(from, until ?? 0) + spec.stop.within + CLEARING;
}
