import type { Command, Option, ValueKind } from '../commands/command.ts';
import { GLOBAL_OPTIONS, visibleCommands } from '../commands/commands.ts';
import { LIST_SERVICES } from './services.ts';

/** A completion script for fish 3. */
export function fishCompletion(): string {
  return [
    '# fish completion for teal: teal completion fish > ~/.config/fish/completions/teal.fish',
    'function __teal_services',
    `  ${LIST_SERVICES}`,
    'end',
    'complete -c teal -f',
    ...visibleCommands().map(
      ({ name, summary }) => `complete -c teal -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ),
    ...visibleCommands().flatMap(commandLines),
    '',
  ].join('\n');
}

function commandLines(command: Command): string[] {
  const here = `complete -c teal -n '__fish_seen_subcommand_from ${command.name}'`;
  return [
    ...Object.entries({ ...command.options, ...GLOBAL_OPTIONS }).map(
      ([name, option]) => `${here} ${optionFlags(name, option)} -d ${quote(option.summary)}`,
    ),
    ...command.arguments.flatMap(({ kind, choices }) => {
      const flags = values(kind, choices);
      return flags === '' ? [] : [`${here} ${flags}`];
    }),
  ];
}

function optionFlags(name: string, option: Option): string {
  return [
    `-l ${name}`,
    ...(option.short ? [`-s ${option.short}`] : []),
    // Exclusive, so that no files are offered where only certain words are meant.
    ...(option.value ? ['-x', values(option.kind ?? 'text', option.choices)] : []),
  ]
    .filter((flag) => flag !== '')
    .join(' ');
}

function values(kind: ValueKind, choices: readonly string[] | undefined): string {
  if (choices) return `-a ${quote(choices.join(' '))}`;
  if (kind === 'file') return '-F';
  if (kind === 'folder') return "-a '(__fish_complete_directories)'";
  if (kind === 'service') return "-a '(__teal_services)'";
  if (kind === 'command')
    return `-a ${quote(
      visibleCommands()
        .map(({ name }) => name)
        .join(' '),
    )}`;
  return '';
}

const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
