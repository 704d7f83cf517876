/** Holds: what suspends progress, and never safety. */

import { ALL, type Rollout, type StepState } from '../model.ts';
import { frozenUntil } from '../service/freeze.ts';
import { candidateWeight, specOf } from '../state.ts';
import type { Turn } from '../turn.ts';

export interface Hold {
  readonly text: string;
  /** Unix ms; Infinity where freeze windows leave no moment free. */
  readonly until: number;
}

/** The pause in force; null: none. */
export function pauseOf(rollout: Rollout): Hold | null {
  const { pause } = rollout;
  return pause && { text: pause.reason, until: pause.until };
}

/**
 * Why a pending step may not start now, or a running one not widen; null: it may. Steps that only watch are never held. A freeze begins to matter
 * where users would notice: after preparation and checks, before a wider share; never for a rollback.
 */
export function holdOf(turn: Turn, rollout: Rollout, step: StepState): Hold | null {
  if (step.kind === 'observe' || step.kind === 'bake') return null;
  return pauseOf(rollout) ?? freezeOf(turn, rollout, step);
}

function freezeOf(turn: Turn, rollout: Rollout, step: StepState): Hold | null {
  const widens =
    step.kind === 'approve' ||
    step.kind === 'shift' ||
    (step.kind === 'hook' && step.hook === 'before-shift');
  if (!widens || rollout.kind === 'rollback' || candidateWeight(turn.state) === ALL) return null;
  const until = frozenUntil(specOf(turn.state, rollout.candidate.release).freeze, turn.now);
  return until === null ? null : { text: 'the freeze window to end', until };
}
