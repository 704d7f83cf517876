/** The two steps of a ramp whose pace evidence sets: their reports say what the rule of the pace says. */
import { explainPace } from '../../judge/index.ts';
import { ALL, type Rollout } from '../model.ts';
import { candidateWeight } from '../state.ts';
import { splitTo } from '../traffic/split.ts';
import { readyInstances, type Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { type Pacing, pacingOf } from '../waiting/pace.ts';
import { ACKNOWLEDGEMENT_POLL, EVIDENCE_FRESH, STUCK_DEADLINE, UNSEEN_DEADLINE } from '../waiting/times.ts';
import { isJudged, reportUnseen } from './judged.ts';
import { paceWaits } from './pace-words.ts';
import { awaitRouter, hasTakenUp, percent } from './shift.ts';
import type { Running, StepReport } from './step-report.ts';

/** At a weight until the rule lets it go on. null: its pace is fixed. */
export function reportPacedObserve(
  turn: Turn,
  rollout: Rollout,
  step: Running<'observe'>,
): StepReport | null {
  const pacing = pacingOf(turn, rollout);
  if (pacing === null) return null;
  const held = waits(turn, rollout, pacing, step.startedAt);
  if (held) return held;
  const said =
    pacing.action.kind === 'finish'
      ? explainPace(pacing.action, pacing, pacing.clients, pacing.options, turn.now)
      : 'the harm budget allows more';
  return { kind: 'done', note: `Observed at ${percent(step.weight)}: ${said}` };
}

/**
 * Towards a step's weight, as far as the budget allows, again and again. null: its pace is fixed. All traffic is not the
 * budget's to give: the last observation was the gate to it.
 */
export function reportPacedShift(turn: Turn, rollout: Rollout, step: Running<'shift'>): StepReport | null {
  const pacing = pacingOf(turn, rollout);
  const { environment } = rollout.candidate;
  if (pacing === null || step.weight === ALL) return null;
  const weight = candidateWeight(turn.state);
  if (!hasTakenUp(turn)) {
    const since = Math.max(step.startedAt, rollout.splitAt ?? 0);
    return awaitRouter(turn, weight, since + step.deadline);
  }
  if (weight >= step.weight) return { kind: 'done', note: `${percent(step.weight)} on the candidate` };
  const held = waits(turn, rollout, pacing, step.startedAt);
  if (held) return held;
  if (readyInstances(turn, environment) === 0) {
    const wake = turn.now + ACKNOWLEDGEMENT_POLL;
    return { kind: 'waiting', text: 'an instance of the candidate to become ready', until: wake };
  }
  const wider = pacing.action.kind === 'widen' ? Math.min(pacing.action.weight, step.weight) : step.weight;
  return {
    kind: 'move',
    split: splitTo(environment, wider),
    reason: `${percent(wider)} to the candidate`,
  };
}

/** What is waited for, or why the candidate is taken back; null: for nothing. */
function waits(turn: Turn, rollout: Rollout, pacing: Pacing, startedAt: number): StepReport | null {
  const { action, options } = pacing;
  // Clients that nobody has begun to count are no news either.
  const isCounting = pacing.clientsPerSecond !== null;
  const upTo = Math.max(isCounting ? (evidenceOf(turn)?.upTo ?? 0) : 0, startedAt);
  const unseen = reportUnseen(turn, upTo);
  if (unseen) return unseen;
  switch (action.kind) {
    case 'wait': {
      const until = action.until ?? upTo + UNSEEN_DEADLINE;
      return { kind: 'waiting', text: paceWaits(pacing, action.for), until };
    }
    case 'stuck': {
      const since = rollout.steps[rollout.step]?.startedAt ?? rollout.startedAt;
      const until = Math.max(since, rollout.splitAt ?? 0) + options.longestSeconds * 1000 + STUCK_DEADLINE;
      const text = paceWaits(pacing, 'person');
      if (turn.now < until) return { kind: 'waiting', text, until, onPerson: true };
      const reason = `Nobody said for ${STUCK_DEADLINE / 3_600_000} h how it goes on: it waited for ${text}`;
      return { kind: 'failed', by: 'deadline', outcome: 'aborted', reason };
    }
    case 'take-back': {
      // Proven harm has its own line of `decide`, and never comes here.
      const said = explainPace(action, pacing, pacing.clients, options, turn.now);
      const reason = said[0]!.toUpperCase() + said.slice(1);
      return { kind: 'failed', by: 'deadline', outcome: 'rolled-back', reason };
    }
    case 'widen':
    case 'finish':
      return isUpToDate(turn, rollout, startedAt) ? null : awaitNews(turn, upTo);
  }
}

/** Nothing widens on news that is missing: what happened since the last change, and of now. The first weight has none. */
function isUpToDate(turn: Turn, rollout: Rollout, startedAt: number): boolean {
  if (candidateWeight(turn.state) === 0) return true;
  return isJudged(turn, Math.max(startedAt, rollout.splitAt ?? 0, turn.now - EVIDENCE_FRESH));
}

function awaitNews(turn: Turn, upTo: number): StepReport {
  const wake = turn.now + ACKNOWLEDGEMENT_POLL;
  return { kind: 'waiting', text: 'the evidence of the last seconds', until: upTo + UNSEEN_DEADLINE, wake };
}
