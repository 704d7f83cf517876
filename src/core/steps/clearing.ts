/** Before a candidate can start, what its environment held before must be gone, and its users with it. */
import type { Rollout, StepState } from '../model.ts';
import { listenerOf, specOf } from '../state.ts';
import { isVacantFor, type Turn } from '../turn.ts';
import { CLEARING } from '../waiting/times.ts';

/** Whether the candidate's environment is free for it. */
export function isCleared(turn: Turn, rollout: Rollout): boolean {
  return hindrance(turn, rollout) === null;
}

/** What keeps the candidate out of its environment, in words after "waiting for"; null: nothing. */
export function hindrance(turn: Turn, rollout: Rollout): string | null {
  const { environment, release } = rollout.candidate;
  const { role } = turn.state.environments[environment];
  if (role === 'candidate') return null;
  if (role !== 'empty' || !isVacantFor(turn, environment, release)) {
    return `what ran in ${environment} before to stop`;
  }
  return isLeft(turn, rollout) ? null : `the router to confirm that no request goes to ${environment}`;
}

/**
 * Whether the router was seen to send nobody there. One that was away while its release was taken back may still obey the
 * old split: its users must not meet the next candidate unasked (I3, I4).
 */
function isLeft({ state, world }: Turn, { candidate }: Rollout): boolean {
  if (listenerOf(state) === null || state.split === null) return true;
  return world.routing !== null && (world.routing.split?.[candidate.environment] ?? 0) === 0;
}

/** When waiting for that is over, Unix ms; null: nothing is waited for. */
export function clearingDeadline(turn: Turn, rollout: Rollout, step: StepState): number | null {
  if (step.kind !== 'prepare' || step.state !== 'pending' || isCleared(turn, rollout)) return null;
  const from = rollout.steps[rollout.step - 1]?.endedAt ?? rollout.startedAt;
  const { until, release } = turn.state.environments[rollout.candidate.environment];
  const spec = specOf(turn.state, release ?? rollout.candidate.release);
  return Math.max(from, until ?? 0) + spec.stop.within + CLEARING;
}
