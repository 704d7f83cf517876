import { newAlarm } from '../alarm.ts';
import type { Rollout } from '../model.ts';
import { ACKNOWLEDGEMENT_POLL, RETREAT_DEADLINE, RETREAT_FOR, ROUTER_DEADLINE } from '../times.ts';
import { splitObeyed, type Turn } from '../turn.ts';
import { reportJudged } from './judged.ts';
import type { Running, StepReport } from './step-report.ts';
import { failedCheck, openChecks } from './verify.ts';

/** All traffic on the candidate, watched against history. Checks that run in it must have passed by its end. */
export function reportBake(turn: Turn, rollout: Rollout, step: Running<'bake'>): StepReport {
  const failure = failedCheck(turn, rollout, step.checks);
  if (failure) return failure;
  const end = step.startedAt + step.for;
  if (turn.now < end) return { kind: 'waiting', text: 'the bake to end', until: end };
  const unjudged = step.for > 0 ? reportJudged(turn, end) : null;
  if (unjudged) return unjudged;
  if (newAlarm(turn)) return waiting(turn, 'the alarm to be dealt with', turn.now);
  const open = openChecks(rollout, step.checks);
  if (open.length > 0) return waiting(turn, `checks: ${open.join(', ')}`, end);
  if (splitObeyed(turn)) return { kind: 'done', note: 'Baked without an alarm' };
  if (turn.now < end + ROUTER_DEADLINE) return waiting(turn, 'the router to confirm the split', end);
  const reason = 'At the end of the bake the router did not confirm that it obeys the split';
  return { kind: 'failed', by: 'deadline', outcome: 'failed', reason };
}

/** Whether every metric leans to safe now, and has had the time for it since the retreat. */
export function isRetreatOver(turn: Turn, since: number): boolean {
  return turn.now >= since + RETREAT_FOR && leaningSafe(turn);
}

/** How far a retreat is, whichever step it interrupts. */
export function reportRetreat(turn: Turn, since: number): StepReport {
  const until = since + RETREAT_DEADLINE;
  const text = 'the judge, with half of the traffic back on stable';
  if (turn.now < until || leaningSafe(turn)) {
    return { kind: 'waiting', text, until: Math.max(until, turn.now), wake: since + RETREAT_FOR };
  }
  const reason = 'After an alarm the comparison with stable showed neither harm nor safety in time';
  return { kind: 'failed', by: 'deadline', outcome: 'rolled-back', reason };
}

function leaningSafe({ state, world }: Turn): boolean {
  const { evidence } = world;
  if (evidence === null || evidence.rollout !== state.rollout?.id || evidence.metrics.length === 0)
    return false;
  return evidence.metrics.every((metric) => metric.leaningSafe);
}

function waiting(turn: Turn, text: string, from: number): StepReport {
  const until = Math.max(from + ROUTER_DEADLINE, turn.now);
  return { kind: 'waiting', text, until, wake: turn.now + ACKNOWLEDGEMENT_POLL };
}
