/** Before the candidate's share grows, and before a bake ends, the judge must have seen what happened until then. */

import { ALL, type Rollout, type StepState } from '../model.ts';
import { candidateWeight } from '../state.ts';
import type { Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { EVIDENCE_DEADLINE, UNSEEN_DEADLINE } from '../waiting/times.ts';
import type { StepReport } from './step-report.ts';

/** Whether all that happened before `time` (Unix ms) has been judged. */
export function isJudged(turn: Turn, time: number): boolean {
  return (evidenceOf(turn)?.upTo ?? 0) >= time;
}

/** What a pending shift to a wider share waits for, or why it never may; null: for nothing of the judge's. */
export function reportUnjudged(turn: Turn, rollout: Rollout, step: StepState): StepReport | null {
  const weight = candidateWeight(turn.state);
  if (step.kind !== 'shift' || step.state !== 'pending' || rollout.kind === 'rollback') return null;
  if (!rollout.stable || weight === 0 || weight === ALL) return null;
  return reportJudged(turn, rollout.steps[rollout.step - 1]?.endedAt ?? rollout.startedAt);
}

/** The same for any moment, Unix ms; null: it has been judged. */
export function reportJudged(turn: Turn, time: number): StepReport | null {
  if (isJudged(turn, time)) return null;
  const until = time + EVIDENCE_DEADLINE;
  if (turn.now < until) return { kind: 'waiting', text: 'the evidence of the last seconds', until };
  const seconds = EVIDENCE_DEADLINE / 1000;
  const reason = `For ${seconds} s there was no news of what the candidate does: the router's telemetry or a metric cannot be read`;
  return { kind: 'failed', by: 'deadline', outcome: 'failed', reason };
}

/** Why a rollout that waits for clients does not wait on, with news up to then (Unix ms); null: the news is fresh enough. */
export function reportUnseen({ now }: Turn, upTo: number): StepReport | null {
  if (now < upTo + UNSEEN_DEADLINE) return null;
  const reason = `For ${UNSEEN_DEADLINE / 60_000} minutes there was no news of what the candidate does: the router's telemetry or a metric cannot be read`;
  return { kind: 'failed', by: 'deadline', outcome: 'failed', reason };
}
