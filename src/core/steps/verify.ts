import { failedForGood, jobId } from '../jobs.ts';
import type { Rollout } from '../model.ts';
import type { Turn } from '../turn.ts';
import type { Running, StepReport } from './step-report.ts';

/** All checks must pass, before any user sees the candidate. */
export function reportVerify(turn: Turn, rollout: Rollout, step: Running<'verify'>): StepReport {
  const failure = failedCheck(turn, rollout, step.checks);
  if (failure) return failure;
  const open = openChecks(rollout, step.checks);
  if (open.length === 0) return { kind: 'done', note: passed(step.checks.length) };
  const until = step.startedAt + step.deadline;
  if (turn.now >= until) {
    const reason = `Checks gave no result in time: ${open.join(', ')}`;
    return { kind: 'failed', by: 'check', outcome: 'failed', reason };
  }
  return { kind: 'waiting', text: `checks: ${open.join(', ')}`, until };
}

/** Report of the first check without an attempt left; null: none has failed. */
export function failedCheck(turn: Turn, rollout: Rollout, checks: readonly string[]): StepReport | null {
  for (const name of checks) {
    const result = failedForGood(turn.state, rollout, name, jobId(rollout, rollout.step, name));
    if (!result) continue;
    const reason = `Check ${name} failed: ${result.summary}`;
    return { kind: 'failed', by: 'check', outcome: 'rolled-back', reason };
  }
  return null;
}

/** Names of the checks that have not passed yet. */
export function openChecks(rollout: Rollout, checks: readonly string[]): readonly string[] {
  return checks.filter((name) => rollout.results[jobId(rollout, rollout.step, name)]?.outcome !== 'passed');
}

const passed = (checks: number) => (checks === 1 ? 'The check passed' : `All ${checks} checks passed`);
