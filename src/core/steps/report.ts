/** How far the running step is: one answer that deadlines, progress, `wakeAt` and `status` all read. */
import type { Rollout, Split, StepState, TakeBack } from '../model.ts';
import type { Turn } from '../turn.ts';
import { reportApprove } from './approve.ts';
import { reportBake } from './bake.ts';
import { reportHook } from './hook.ts';
import { reportObserve } from './observe.ts';
import { reportPrepare } from './prepare.ts';
import { reportShift } from './shift.ts';
import { reportVerify } from './verify.ts';

export type StepReport =
  /** `until`: when it is over one way or the other, Unix ms; `wake`: look again sooner than that. */
  | { readonly kind: 'waiting'; readonly text: string; readonly until: number; readonly wake?: number }
  /** The split must change before the step can go on. */
  | { readonly kind: 'move'; readonly split: Split; readonly reason: string }
  | { readonly kind: 'done'; readonly note: string }
  | ({ readonly kind: 'failed' } & Cause);

/** Why a candidate is taken back. */
export type Cause = Pick<TakeBack, 'by' | 'outcome' | 'reason'>;

/** A step that has started, with the time at which it did. */
export type Running<Kind extends StepState['kind']> = Extract<StepState, { kind: Kind }> & {
  readonly startedAt: number;
};

/** Report of a running step. A step that is complete is done even past its deadline: nobody is harmed by good news. */
export function reportStep(turn: Turn, rollout: Rollout, step: StepState): StepReport {
  const startedAt = step.startedAt ?? turn.now;
  switch (step.kind) {
    case 'hook':
      return reportHook(turn, rollout, { ...step, startedAt });
    case 'prepare':
      return reportPrepare(turn, rollout, { ...step, startedAt });
    case 'verify':
      return reportVerify(turn, rollout, { ...step, startedAt });
    case 'approve':
      return reportApprove(turn, { ...step, startedAt });
    case 'shift':
      return reportShift(turn, rollout, { ...step, startedAt });
    case 'observe':
      return reportObserve(turn, { ...step, startedAt });
    case 'bake':
      return reportBake(turn, rollout, { ...step, startedAt });
  }
}
