import type { Event } from '../events.ts';
import { ALL } from '../model.ts';
import { specOf } from '../state.ts';
import { splitTo } from '../traffic/split.ts';
import { event, type Turn } from '../turn.ts';
import { newAlarm } from '../waiting/alarm.ts';
import { ALARMS, PAUSE_DEADLINE } from '../waiting/times.ts';
import { deferredUntil, takeBack } from './take-back.ts';

/**
 * An alarm of the bake: rolled back, held for a person, or half of the traffic goes back to stable so that the judge can
 * compare again. Without a stable release, or with too few clients, there is nothing to compare with, and a retreat is a rollback.
 */
export function alarm(turn: Turn): readonly Event[] {
  const { rollout } = turn.state;
  const found = newAlarm(turn);
  if (!rollout || !found || deferredUntil(turn) !== null) return [];
  const { metric, explanation } = found;
  const raised = event(turn, { type: 'alarm-raised', metric, raised: found.at, explanation });
  const { onAlarm } = specOf(turn.state, rollout.candidate.release);
  if (onAlarm === 'hold') {
    const until = turn.now + PAUSE_DEADLINE;
    const reason = `paused by an alarm of ${metric}: ${explanation}`;
    return [raised, event(turn, { type: 'paused', until, reason })];
  }
  const count = rollout.retreat.count + 1;
  if (onAlarm === 'retreat' && rollout.stable && !found.direct && count < ALARMS) {
    const reason = `Alarm ${count} by ${metric}: ${explanation}`;
    const split = splitTo(rollout.candidate.environment, ALL / 2);
    return [
      raised,
      event(turn, { type: 'retreated', reason, count }),
      event(turn, { type: 'split-changed', split, reason }),
    ];
  }
  const again =
    onAlarm === 'retreat' && rollout.stable && count >= ALARMS ? `, the ${ALARMS}th of this bake` : '';
  const few = found.direct
    ? '. So few clients come that to compare it with stable again would take too long'
    : '';
  const reason = `Alarm by ${metric}${again}: ${explanation}${few}`;
  return [raised, ...takeBack(turn, { by: 'verdict', outcome: 'rolled-back', reason })];
}
