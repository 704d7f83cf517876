import { parseDuration } from '../../spec/units.ts';
import { command, connect, serviceMeant } from '../api.ts';
import { textOf, type Verb } from '../commands/command.ts';
import { usageError } from '../commands/parse.ts';

const TIMES = ['for', 'hold'] as const;

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const on = positionals[1] === 'on';
  const message = textOf(options, 'message');
  if (!on && [...TIMES, 'message'].some((name) => options[name] !== undefined)) {
    throw usageError('Only “on” takes a message and times', 'See teal maintenance --help');
  }
  const times = Object.fromEntries(
    TIMES.flatMap((name) => {
      const text = textOf(options, name);
      return text === undefined ? [] : [[name, milliseconds(`--${name}`, text)]];
    }),
  );
  const api = connect(home);
  const { service } = await serviceMeant(api, positionals[0]);
  const wanted = { on, ...times, ...(message === undefined ? {} : { message }) };
  const { note } = await command(api, service, 'maintenance', wanted);
  output.line(note);
  return 0;
};

function milliseconds(name: string, text: string): number {
  const value = parseDuration(text);
  if (value !== null) return value;
  throw usageError(`${name} cannot be “${text}”`, 'It is a time such as 30s, 10m or 1h.');
}
