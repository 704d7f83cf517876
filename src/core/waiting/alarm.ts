/** Alarms of the bake: change against history, where no stable traffic is left to compare with. */
import { ALL } from '../model.ts';
import { candidateWeight } from '../state.ts';
import { CONTROLLER, type Turn } from '../turn.ts';
import type { Evidence } from '../world.ts';

/** What the judge says of the running rollout; null: nothing, or of another one. */
export function evidenceOf({ state, world }: Turn): Evidence | null {
  return world.evidence !== null && world.evidence.rollout === state.rollout?.id ? world.evidence : null;
}

/** An alarm at full traffic that nothing has been done about yet: newer than the last that was acted on. */
export function newAlarm(turn: Turn): NonNullable<Evidence['alarm']> | null {
  const { rollout } = turn.state;
  const alarm = evidenceOf(turn)?.alarm ?? null;
  if (!rollout || !alarm || rollout.takeBack || rollout.retreat.since !== null) return null;
  if (rollout.kind === 'rollback' || candidateWeight(turn.state) < ALL) return null;
  return rollout.alarm !== null && alarm.at <= rollout.alarm.at ? null : alarm;
}

/** Whether the bake is under an alarm, acted on or not. */
export function isAlarming(turn: Turn): boolean {
  const { rollout } = turn.state;
  if (!rollout) return false;
  const held = rollout.pause?.by === CONTROLLER && rollout.alarm !== null;
  return newAlarm(turn) !== null || rollout.retreat.since !== null || held;
}
