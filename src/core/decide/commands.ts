import type { Event } from '../events.ts';
import { fold } from '../evolve.ts';
import type { Line, Turn } from '../turn.ts';
import type { Command, CommandVerb } from '../world.ts';
import { abort } from './commands/abort.ts';
import type { Answer } from './commands/answer.ts';
import { approve } from './commands/approve.ts';
import { deploy } from './commands/deploy.ts';
import { maintenance } from './commands/maintenance.ts';
import { pause, resume } from './commands/pause.ts';
import { promote } from './commands/promote.ts';
import { rollback } from './commands/rollback.ts';

const ANSWERS: Readonly<Record<CommandVerb, Answer>> = {
  deploy,
  rollback,
  approve,
  pause,
  resume,
  promote,
  abort,
  maintenance,
};

/** Whoever wants the candidate gone is heard before everybody else. */
export const takeBackCommands: Line = (turn) =>
  answerAll(turn, ({ verb }) => verb === 'abort' || verb === 'rollback');

/** All other commands, in the order in which they came. */
export const commands: Line = (turn) => answerAll(turn, () => true);

function answerAll(turn: Turn, wanted: (command: Command) => boolean): readonly Event[] {
  const events: Event[] = [];
  let current = turn;
  for (const command of turn.world.commands) {
    if (!wanted(command) || current.state.handled.includes(command.id)) continue;
    const answer = ANSWERS[command.verb](current, command);
    events.push(...answer);
    current = { ...current, state: fold(current.state, answer) };
  }
  return events;
}
