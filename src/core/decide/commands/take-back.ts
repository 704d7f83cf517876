import type { Event } from '../../events.ts';
import type { Cause } from '../../steps/step-report.ts';
import { event, type Turn } from '../../turn.ts';
import type { Command } from '../../world.ts';
import { takeBack } from '../take-back.ts';
import { accept } from './answer.ts';
import { askPastNoReturn } from './confirm.ts';

/** Takes the running candidate back because a person says so; what was queued behind it is dropped. */
export function takeBackFor(turn: Turn, command: Command, cause: Cause): readonly Event[] {
  const { rollout } = turn.state;
  if (!rollout) return [];
  const unqueued = unqueue(turn, command);
  const { release } = rollout.candidate;
  if (rollout.takeBack) return [accept(turn, command, `${release} is being taken back already`), ...unqueued];
  const question = askPastNoReturn(turn, command, rollout.pointsOfNoReturn);
  if (question) return question;
  return [
    accept(turn, command, `Takes ${release} back`),
    ...unqueued,
    ...takeBack(turn, cause, command.actor),
  ];
}

function unqueue(turn: Turn, { verb, actor }: Command): readonly Event[] {
  const { queued } = turn.state;
  if (!queued) return [];
  const reason = `${verb} by ${actor}`;
  return [event(turn, { type: 'rollout-unqueued', command: queued.command, reason }, actor)];
}
