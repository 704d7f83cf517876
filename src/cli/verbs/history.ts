import type { HistoryStatus } from '../../api/schema.ts';
import { connect, paths, serviceMeant } from '../api.ts';
import { textOf, type Verb } from '../commands/command.ts';
import { wholeNumber } from '../commands/parse.ts';
import { eventLines, recordHead } from '../view/record.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const api = connect(home);
  const { service } = await serviceMeant(api, positionals[0]);
  const limit = wholeNumber('--limit', textOf(options, 'limit') ?? '20');
  const history = await api.get<HistoryStatus>(paths.history(service, limit));
  if (options.json) {
    output.json(history);
    return 0;
  }
  const { rollouts, events } = history;
  if (rollouts.length === 0) output.line(`${service} has had no rollout yet.`);
  rollouts.forEach((rollout, index) => {
    if (index > 0) output.line();
    for (const line of recordHead(rollout, Date.now(), output.paint)) output.line(line);
    const own = events.filter((event) => event.rollout === rollout.id);
    for (const line of eventLines(own, output.paint)) output.line(line);
  });
  return 0;
};
