import type { RolloutRecord } from '../../api/schema.ts';
import { connect, paths, serviceMeant } from '../api.ts';
import { textOf, type Verb } from '../command.ts';
import { wholeNumber } from '../parse.ts';
import { eventLines, recordHead } from '../view/record.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const api = connect(home);
  const { service } = await serviceMeant(api, positionals[0]);
  const limit = wholeNumber('--limit', textOf(options, 'limit') ?? '20');
  const records = await api.get<RolloutRecord[]>(paths.history(service, limit));
  if (options.json) {
    output.json(records);
    return 0;
  }
  if (records.length === 0) output.line(`${service} has had no rollout yet.`);
  records.forEach((record, index) => {
    if (index > 0) output.line();
    for (const line of recordHead(record, Date.now(), output.paint)) output.line(line);
    for (const line of eventLines(record.events, output.paint)) output.line(line);
  });
  return 0;
};
