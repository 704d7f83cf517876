import { jobId } from '../jobs.ts';
import type { Rollout } from '../model.ts';
import type { Turn } from '../turn.ts';
import type { Running, StepReport } from './step-report.ts';

/** A hook runs once; anything but success takes the candidate back. */
export function reportHook(turn: Turn, rollout: Rollout, step: Running<'hook'>): StepReport {
  const result = rollout.results[jobId(rollout, rollout.step, step.hook)];
  if (result?.outcome === 'passed') return { kind: 'done', note: `Hook ${step.hook}: ${result.summary}` };
  const until = step.startedAt + step.deadline;
  if (result || turn.now >= until) {
    const reason = `Hook ${step.hook} failed: ${result?.summary ?? 'it gave no result in time'}`;
    return { kind: 'failed', by: 'hook', outcome: 'failed', reason };
  }
  return { kind: 'waiting', text: `hook ${step.hook} is running`, until };
}
