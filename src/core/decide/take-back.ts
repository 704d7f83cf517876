/** Taking the candidate back: the traffic first, in the same decision, then everything else. */

import type { Event } from '../events.ts';
import { type Actor, other } from '../model.ts';
import { candidateWeight } from '../state.ts';
import type { Cause } from '../steps/step-report.ts';
import { sameSplit, splitTo } from '../traffic/split.ts';
import { CONTROLLER, event, isServing, type Turn } from '../turn.ts';
import { evidenceOf } from '../waiting/alarm.ts';
import { STABLE_DEADLINE } from '../waiting/times.ts';

/**
 * Decides to take the candidate back and moves all traffic to stable at once; on a first deployment to the empty
 * environment, where the router answers 503 with the reason. Nothing when that is decided already, or deferred.
 *
 * A decision by the clock, a check, a hook or one failed instance is deferred while stable has no ready instance and the
 * candidate has one: it would turn a service that works into none (I1, I6). A person's word and proven harm are
 * never deferred. A stable release that stays down for five minutes is no reason to wait on (I8).
 */
export function takeBack(turn: Turn, cause: Cause, actor: Actor = CONTROLLER): readonly Event[] {
  const { rollout, split } = turn.state;
  if (!rollout || rollout.takeBack || (isDeferrable(cause) && deferredUntil(turn) !== null)) return [];
  const { outcome, by, reason } = cause;
  const hurt = evidenceOf(turn)?.hurt ?? 0;
  const events = [event(turn, { type: 'take-back-decided', outcome, by, reason, hurt }, actor)];
  const home = splitTo(rollout.stable?.environment ?? other(rollout.candidate.environment));
  if (split !== null && !sameSplit(split, home)) {
    // The event before says why.
    events.push(event(turn, { type: 'split-changed', split: home, reason: 'taken back' }, actor));
  }
  return events;
}

/** Until when taking back would do more harm than good, Unix ms; null: it would not. */
export function deferredUntil(turn: Turn): number | null {
  const { rollout, environments } = turn.state;
  if (!rollout?.stable || rollout.takeBack || candidateWeight(turn.state) === 0) return null;
  const { environment } = rollout.stable;
  if (isServing(turn, environment) || !isServing(turn, rollout.candidate.environment)) return null;
  const until = (environments[environment].unhealthySince ?? turn.now) + STABLE_DEADLINE;
  return turn.now < until ? until : null;
}

function isDeferrable({ by }: Cause): boolean {
  return by !== 'person' && by !== 'replaced' && by !== 'verdict';
}
