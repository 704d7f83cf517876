import type { ApiClient } from '../../api/client.ts';
import type { CommandAnswer } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { connect, serviceMeant } from '../api.ts';
import { type Invocation, textOf, type Verb } from '../commands/command.ts';
import { INTERRUPTED } from '../follow/interrupt.ts';
import { reportEnd } from '../follow/report-end.ts';
import { followRollout } from '../follow/rollout.ts';
import { untilTaken } from '../follow/until-taken.ts';
import { confirm } from '../terminal/confirm.ts';

export const run: Verb['run'] = async (invocation) => {
  const { positionals, options, output, home } = invocation;
  const api = connect(home);
  const { service, rollout: running, candidate } = await serviceMeant(api, positionals[0]);
  const answer = await ask(api, invocation, service);
  if (answer === null) {
    output.note('Nothing was done.');
    return 5;
  }
  output.line(answer.note);
  // What waits behind a rollout that is being taken back has no name of its own yet: then that one is followed.
  const rollout = answer.rollout ?? running?.id ?? null;
  if (options['no-wait'] || rollout === null) return 0;
  // Taking back a running rollout is done when that has ended; a rollback afterwards is a rollout of its own.
  const takesBack = running?.id === rollout;
  const result = await followRollout(api, output, {
    service,
    followed: { rollout, release: candidate?.release ?? '' },
    until: takesBack ? 'end' : 'out',
  });
  if (result.kind === 'interrupted') return INTERRUPTED;
  const code = reportEnd(output, service, result, false);
  const wanted = takesBack && result.standing.kind === 'ended' && result.standing.outcome !== 'promoted';
  return wanted ? 0 : code;
};

/** A rollback past a point of no return is refused with its reason at first; a person may then say yes. */
async function ask(
  api: ApiClient,
  { options, output }: Invocation,
  service: string,
): Promise<CommandAnswer | null> {
  const to = textOf(options, 'to');
  const send = (yes: boolean) =>
    untilTaken(api, output, service, 'rollback', { yes, ...(to === undefined ? {} : { to }) });
  try {
    return await send(options.yes === true);
  } catch (error) {
    const askable = error instanceof TealError && error.code === 'E_CONFIRM';
    if (!askable || options.yes || !output.canAsk) throw error;
    return (await confirm(output, `${error.message}. Roll back all the same?`, false)) ? send(true) : null;
  }
}
