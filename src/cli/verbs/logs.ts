import type { LogLine } from '../../core/ports.ts';
import { connect, paths, serviceMeant } from '../api.ts';
import { textOf, type Verb } from '../commands/command.ts';
import { wholeNumber } from '../commands/parse.ts';
import { onInterrupt } from '../follow/interrupt.ts';

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const api = connect(home);
  const { service } = await serviceMeant(api, positionals[0]);
  const environment = textOf(options, 'environment');
  const path = paths.logs(service, {
    tail: String(wholeNumber('--lines', textOf(options, 'lines') ?? '100')),
    ...(options.follow ? { follow: 'true' } : {}),
    ...(environment === undefined ? {} : { environment }),
  });
  const interrupt = onInterrupt();
  try {
    for await (const line of api.stream<LogLine>(path, { signal: interrupt.signal })) {
      if (options.json) output.json(line, true);
      else output.line(`${output.paint(line.colour, line.instance)} | ${line.text}`);
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error; // Ctrl-C is how following ends
  } finally {
    interrupt.release();
  }
  return 0;
};
