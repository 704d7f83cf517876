import type { Event } from '../../events.ts';
import { event, type Turn } from '../../turn.ts';
import type { Command } from '../../world.ts';

/** What a command leads to: always exactly one `command-accepted` or `command-refused`, and what follows from it. */
export type Answer = (turn: Turn, command: Command) => readonly Event[];

/** Why a command is not carried out, and what to do instead. */
export interface Refusal {
  readonly code: `E_${string}`;
  readonly reason: string;
  readonly fix: string;
}

export function accept(turn: Turn, { id, verb, actor }: Command, note: string): Event {
  return event(turn, { type: 'command-accepted', command: id, verb, note }, actor);
}

export function refuse(turn: Turn, { id, verb, actor }: Command, refusal: Refusal): readonly Event[] {
  return [event(turn, { type: 'command-refused', command: id, verb, ...refusal }, actor)];
}

export function noRollout(turn: Turn, command: Command): readonly Event[] {
  return refuse(turn, command, {
    code: 'E_NO_ROLLOUT',
    reason: `No rollout of ${turn.state.service} is running`,
    fix: 'Start one with teal deploy; teal status shows where the service stands.',
  });
}

export function takingBack(turn: Turn, command: Command): readonly Event[] {
  return refuse(turn, command, {
    code: 'E_TAKING_BACK',
    reason: `${turn.state.rollout?.candidate.release} is being taken back: ${turn.state.rollout?.takeBack?.reason}`,
    fix: 'Wait until it has ended, then deploy again.',
  });
}
