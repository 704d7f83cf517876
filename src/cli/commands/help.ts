/** The texts of `teal --help` and `teal help COMMAND`, from the table. */

import { wrap } from '../terminal/wrap.ts';
import type { Command, Option } from './command.ts';
import { GLOBAL_OPTIONS, visibleCommands } from './commands.ts';

const TEAL =
  'Teal releases new versions of a running service, blue-green or canary, and takes\nthem back before users notice.';

/** `teal --help`, at most 80 columns wide. */
export function generalHelp(): string {
  const commands = visibleCommands();
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    TEAL,
    '',
    'Usage: teal COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'Start with: teal init, teal up, teal deploy. Or watch: teal demo',
    'More about a command: teal help COMMAND',
    '',
  ].join('\n');
}

/** `teal help COMMAND`, at most 80 columns wide. */
export function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, ...GLOBAL_OPTIONS });
  const sections = [
    `teal ${command.name}: ${command.summary}`,
    `Usage: ${usage(command)}`,
    ...(command.details ?? []).map((text) => wrap(text, 80)),
    ...(command.arguments.length > 0
      ? [
          table(
            'Arguments:',
            command.arguments.map(({ name, summary }) => [name.toUpperCase(), summary]),
          ),
        ]
      : []),
    table(
      'Options:',
      options.map(([name, option]) => [optionForms(name, option), optionText(option)]),
    ),
    ...(command.examples.length > 0
      ? [
          ['Examples:', ...command.examples.flatMap(({ line, does }) => [`  ${line}`, `      ${does}`])].join(
            '\n',
          ),
        ]
      : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** `teal deploy [DIR] [OPTIONS]` */
export function usage(command: Command): string {
  const args = command.arguments.map(({ name, required }) => {
    const upper = name.toUpperCase();
    return required ? upper : `[${upper}]`;
  });
  return ['teal', command.name, ...args, '[OPTIONS]'].join(' ');
}

/** `-m, --message TEXT` */
export function optionForms(name: string, option: Option): string {
  const short = option.short ? `-${option.short}, ` : '';
  return `${short}--${name}${option.value ? ` ${option.value}` : ''}`;
}

/** Its summary, with the values it takes. */
export const optionText = (option: Option): string =>
  option.choices ? `${option.summary}: ${option.choices.join(', ')}` : option.summary;

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => {
    const [first = '', ...more] = wrap(right, 80 - width - 4).split('\n');
    return [`  ${left.padEnd(width)}  ${first}`, ...more.map((line) => ' '.repeat(width + 4) + line)].join(
      '\n',
    );
  });
  return [title, ...lines].join('\n');
}
