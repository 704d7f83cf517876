import { command, connect, serviceMeant } from '../api.ts';
import type { Verb } from '../commands/command.ts';
import { confirm } from '../terminal/confirm.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const api = connect(home);
  const { service, rollout, candidate } = await serviceMeant(api, positionals[0]);
  if (rollout && !options.yes) {
    const question = `Skip the gates and waits of ${rollout.id} and give ${candidate?.release ?? 'the candidate'} all traffic?`;
    if (!(await confirm(output, question, true))) {
      output.note('Nothing was done.');
      return 5;
    }
  }
  const { note } = await command(api, service, 'promote', { yes: true });
  output.line(note);
  return 0;
};
