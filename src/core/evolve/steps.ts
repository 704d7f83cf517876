import type { Rollout, StepState } from '../model.ts';

/** A step begins. */
export function stepStarted(rollout: Rollout, step: number, at: number): Rollout {
  return withStep(rollout, step, { state: 'running', startedAt: at, endedAt: null });
}

/** A step is done; the next one that is still open is the current one. */
export function stepDone(rollout: Rollout, step: number, at: number, note: string): Rollout {
  return { ...withStep(rollout, step, { state: 'done', endedAt: at }), reason: note };
}

/** A step was passed over by `promote`. */
export function stepSkipped(rollout: Rollout, step: number, at: number): Rollout {
  return withStep(rollout, step, { state: 'skipped', endedAt: at });
}

/** Replaces part of one step and moves on to the first that is open. */
export function withStep(
  rollout: Rollout,
  index: number,
  change: Partial<Pick<StepState, 'state' | 'startedAt' | 'endedAt'>>,
): Rollout {
  const steps = rollout.steps.map((step, at) => (at === index ? { ...step, ...change } : step));
  const open = steps.findIndex(({ state }) => state === 'pending' || state === 'running');
  return { ...rollout, steps, step: open === -1 ? steps.length : open };
}
