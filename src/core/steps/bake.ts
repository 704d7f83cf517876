import type { Rollout } from '../model.ts';
import { specOf } from '../state.ts';
import { splitObeyed, type Turn } from '../turn.ts';
import { evidenceOf, newAlarm } from '../waiting/alarm.ts';
import { BAKE_CLIENTS, isPaced } from '../waiting/pace.ts';
import {
  ACKNOWLEDGEMENT_POLL,
  BAKE_LONGEST,
  RETREAT_DEADLINE,
  RETREAT_FOR,
  ROUTER_DEADLINE,
} from '../waiting/times.ts';
import { reportJudged, reportUnseen } from './judged.ts';
import type { Running, StepReport } from './step-report.ts';
import { failedCheck, openChecks } from './verify.ts';

/**
 * All traffic on the candidate, watched against history. Checks that run in it must have passed by its end. At the pace of
 * evidence its time is the least, because clients are what a bake learns from.
 */
export function reportBake(turn: Turn, rollout: Rollout, step: Running<'bake'>): StepReport {
  const failure = failedCheck(turn, rollout, step.checks);
  if (failure) return failure;
  const end = step.startedAt + step.for;
  if (turn.now < end)
    return {
      kind: 'waiting',
      text: bakeClients(turn, rollout)
        ? `the bake to end, with ${BAKE_CLIENTS} clients or more`
        : 'the bake to end',
      until: end,
    };
  const unjudged = step.for > 0 ? reportJudged(turn, end) : null;
  if (unjudged) return unjudged;
  if (newAlarm(turn)) return waiting(turn, 'the alarm to be dealt with', turn.now);
  const longest = longestBake(turn, rollout, step);
  const alone = evidenceOf(turn)?.pace.alone ?? 0;
  // What was heard last of a router that is away now.
  const heard = Math.max(end, Math.min(longest, evidenceOf(turn)?.upTo ?? 0));
  if (longest > end && alone < BAKE_CLIENTS && turn.now < longest) {
    const text = `${BAKE_CLIENTS} clients to come in the bake`;
    return reportUnseen(turn, heard) ?? { kind: 'waiting', text, until: longest };
  }
  const open = openChecks(rollout, step.checks);
  if (open.length > 0) return waiting(turn, `checks: ${open.join(', ')}`, end);
  if (splitObeyed(turn)) {
    const note = bakedInWords(turn, rollout, step) + unjudgedInWords(turn, rollout);
    return { kind: 'done', note };
  }
  if (turn.now < heard + ROUTER_DEADLINE) return waiting(turn, 'the router to confirm the split', heard);
  const reason = 'At the end of the bake the router did not confirm that it obeys the split';
  return { kind: 'failed', by: 'deadline', outcome: 'failed', reason };
}

/** The clients that came in the bake that runs, and those that it needs to end; null: its time alone ends it. */
export function bakeClients(turn: Turn, rollout: Rollout): { clients: number; needed: number } | null {
  const step = rollout.steps[rollout.step];
  if (step?.kind !== 'bake' || step.startedAt === null || rollout.takeBack || rollout.retreat.since !== null)
    return null;
  const isOpen = longestBake(turn, rollout, { ...step, startedAt: 0 }) > step.for;
  return isOpen ? { clients: evidenceOf(turn)?.pace.alone ?? 0, needed: BAKE_CLIENTS } : null;
}

/** When a bake is over though too few clients came, Unix ms: at the pace of evidence, and where there is a bake at all. */
function longestBake(turn: Turn, rollout: Rollout, step: Running<'bake'>): number {
  const isOpen = step.for > 0 && isPaced(turn, rollout);
  return step.startedAt + (isOpen ? Math.max(step.for, BAKE_LONGEST) : step.for);
}

/** That it is over, and how few clients it has seen, if it was. */
function bakedInWords(turn: Turn, rollout: Rollout, step: Running<'bake'>): string {
  const clients = evidenceOf(turn)?.pace.alone ?? BAKE_CLIENTS;
  const { listen } = specOf(turn.state, rollout.candidate.release);
  if (step.for === 0 || listen === null || clients >= BAKE_CLIENTS) return 'Baked without an alarm';
  const came =
    clients === 0 ? 'nobody came' : `only ${clients === 1 ? '1 client' : `${clients} clients`} came`;
  const isLongest = longestBake(turn, rollout, step) > step.startedAt + step.for;
  const time = isLongest ? ` for ${BAKE_LONGEST / 3_600_000} h` : '';
  return `Baked${time} without an alarm, but ${came}`;
}

/** What a bake could not compare with the past, as a sentence to follow another; empty: nothing, or there was no bake. */
export function unjudgedInWords(turn: Turn, { kind, steps }: Rollout): string {
  const unjudged = evidenceOf(turn)?.unjudged ?? [];
  const isBaked = kind === 'deploy' && steps.some((step) => step.kind === 'bake' && step.for > 0);
  return isBaked && unjudged.length > 0 ? `. What the bake did not compare: ${unjudged.join('; ')}` : '';
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
