import { TealError } from '../../core/error.ts';
import { nearest } from '../../spec/problems/nearest.ts';
import type { Verb } from '../commands/command.ts';
import { commandNamed, visibleCommands } from '../commands/commands.ts';
import { commandHelp } from '../commands/help.ts';

export const run: Verb['run'] = async ({ positionals, output }) => {
  const name = positionals[0] ?? '';
  const command = commandNamed(name);
  if (!command) {
    const near = nearest(
      name,
      visibleCommands().map((one) => one.name),
    );
    throw new TealError('E_USAGE', `There is no command “${name}”`, {
      fix: near ? `Did you mean teal help ${near}?` : 'All commands: teal --help',
      exitCode: 2,
    });
  }
  output.stdout.write(commandHelp(command));
  return 0;
};
