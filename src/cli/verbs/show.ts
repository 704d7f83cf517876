import type { RolloutDetail } from '../../api/schema.ts';
import { connect, paths } from '../api.ts';
import type { Verb } from '../commands/command.ts';
import { recordDetails, recordHead } from '../view/record.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const record = await connect(home).get<RolloutDetail>(paths.rollout(positionals[0]!));
  if (options.json) {
    output.json(record);
    return 0;
  }
  const width = Math.max(60, output.stdout.columns ?? 100);
  for (const line of recordHead(record, Date.now(), output.paint)) output.line(line);
  for (const line of recordDetails(record, width, output.paint)) output.line(line);
  return 0;
};
