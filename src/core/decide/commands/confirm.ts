import type { Event } from '../../events.ts';
import type { Turn } from '../../turn.ts';
import type { Command } from '../../world.ts';
import { refuse } from './answer.ts';

/** A refusal where hooks have run that are not undone and nobody has said yes to that; null: nothing to ask. */
export function askPastNoReturn(
  turn: Turn,
  command: Command,
  hooks: readonly string[],
): readonly Event[] | null {
  if (hooks.length === 0 || command.yes) return null;
  return refuse(turn, command, {
    code: 'E_CONFIRM',
    reason: `A point of no return has been passed: ${hooks.join(', ')} has run and is not undone`,
    fix: 'Make sure that the release to go back to works with what it did, then repeat with --yes.',
  });
}
