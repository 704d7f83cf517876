import { connect, serviceMeant } from '../api.ts';
import type { Verb } from '../commands/command.ts';
import { INTERRUPTED } from '../follow/interrupt.ts';
import { followRollout } from '../follow/rollout.ts';
import { untilTaken } from '../follow/until-taken.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const api = connect(home);
  const { service, candidate } = await serviceMeant(api, positionals[0]);
  const { rollout, note } = await untilTaken(api, output, service, 'abort', { yes: true });
  output.line(note);
  if (options['no-wait'] || rollout === null) return 0;
  const followed = { rollout, release: candidate?.release ?? '' };
  const result = await followRollout(api, output, { service, followed, until: 'end' });
  if (result.kind === 'interrupted') return INTERRUPTED;
  if (result.standing.kind === 'ended')
    output.line(`${rollout} ${result.standing.outcome}: ${result.standing.reason}`);
  return 0;
};
