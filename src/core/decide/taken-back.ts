import type { Event } from '../events.ts';
import type { Rollout, TakeBack } from '../model.ts';
import { everShifted, listenerOf, specOf } from '../state.ts';
import { event, splitObeyed, type Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { ROUTER_DEADLINE } from '../waiting/times.ts';

/** After the decision: the router's word that no new request comes, then drained, then empty, then over. */
export function finishTakeBack(turn: Turn, rollout: Rollout, takeBack: TakeBack): readonly Event[] {
  const { environment, release } = rollout.candidate;
  const there = turn.state.environments[environment];
  const isTheirs = there.release === release;
  if (isTheirs && there.role === 'candidate') return leave(turn, rollout, takeBack);
  if (isTheirs && there.role === 'draining') return [];
  const { outcome, reason } = takeBack;
  const hurt = Math.max(takeBack.hurt, evidenceOf(turn)?.hurt ?? 0);
  return [event(turn, { type: 'rollout-ended', outcome, reason, hurt })];
}

function leave(turn: Turn, rollout: Rollout, takeBack: TakeBack): readonly Event[] {
  const { environment, release } = rollout.candidate;
  const until = turn.now + specOf(turn.state, release).drain;
  const draining = event(turn, {
    type: 'environment-changed',
    environment,
    release,
    role: 'draining',
    until,
  });
  if (isAcknowledged(turn, rollout, takeBack)) {
    return [event(turn, { type: 'take-back-acknowledged' }), draining];
  }
  const silence = Math.max(ROUTER_DEADLINE, specOf(turn.state, release).fallback);
  if (turn.now < takeBack.at + silence) return [];
  // It goes to stable by itself when the daemon is silent, and past an environment without instances anyway.
  const text =
    'The router did not confirm in time that no request reaches the candidate; it is drained all the same';
  return [event(turn, { type: 'note', text }), draining];
}

/** What was seen at the very moment of the decision was seen before the router could be told. */
function isAcknowledged(turn: Turn, rollout: Rollout, takeBack: TakeBack): boolean {
  if (!everShifted(rollout) || listenerOf(turn.state) === null) return true;
  return turn.now > takeBack.at && splitObeyed(turn);
}
