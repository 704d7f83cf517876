import type { Rollout, StepState } from '../model.ts';
import type { Turn } from '../turn.ts';
import { reportApprove } from './approve.ts';
import { reportBake, reportRetreat } from './bake.ts';
import { reportHook } from './hook.ts';
import { reportObserve } from './observe.ts';
import { reportPacedObserve, reportPacedShift } from './paced.ts';
import { reportPrepare } from './prepare.ts';
import { reportShift } from './shift.ts';
import type { StepReport } from './step-report.ts';
import { reportVerify } from './verify.ts';

/** Report of a running step. A step that is complete is done even past its deadline: nobody is harmed by good news. */
export function reportStep(turn: Turn, rollout: Rollout, step: StepState): StepReport {
  const startedAt = step.startedAt ?? turn.now;
  if (rollout.retreat.since !== null) return reportRetreat(turn, rollout.retreat.since);
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
      return (
        reportPacedShift(turn, rollout, { ...step, startedAt }) ??
        reportShift(turn, rollout, { ...step, startedAt })
      );
    case 'observe':
      return (
        reportPacedObserve(turn, rollout, { ...step, startedAt }) ??
        reportObserve(turn, { ...step, startedAt })
      );
    case 'bake':
      return reportBake(turn, rollout, { ...step, startedAt });
  }
}
