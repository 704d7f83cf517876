import type { Command, Option, ValueKind } from '../commands/command.ts';
import { GLOBAL_OPTIONS, visibleCommands } from '../commands/commands.ts';
import { LIST_SERVICES } from './services.ts';

/** A completion function for zsh: can be sourced after compinit, or stand as `_teal` in the fpath. */
export function zshCompletion(): string {
  const commands = visibleCommands();
  return [
    '#compdef teal',
    '# zsh completion for teal: source <(teal completion zsh), after compinit',
    '_teal_commands() {',
    '  local -a commands',
    '  commands=(',
    ...commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`),
    '  )',
    "  _describe -t commands 'command' commands",
    '}',
    '_teal_services() {',
    '  local -a services',
    `  services=(\${(f)"$(${LIST_SERVICES})"})`,
    "  _describe -t services 'service' services",
    '}',
    '_teal() {',
    '  if (( CURRENT == 2 )); then',
    '    _teal_commands',
    '    return',
    '  fi',
    '  local verb=$words[2]',
    '  shift words; (( CURRENT-- ))',
    '  case $verb in',
    ...commands.flatMap(commandCase),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = _teal ]; then _teal "$@"; else compdef _teal teal; fi',
    '',
  ].join('\n');
}

function commandCase(command: Command): string[] {
  const specs = [
    ...Object.entries({ ...command.options, ...GLOBAL_OPTIONS }).flatMap(optionSpecs),
    ...command.arguments.map(
      ({ name, kind, choices }, index) => `${index + 1}:${name}:${action(kind, choices)}`,
    ),
  ];
  return [`    ${command.name}) _arguments ${specs.map(quote).join(' ')} ;;`];
}

function optionSpecs([name, option]: readonly [string, Option]): string[] {
  const text = option.summary.replaceAll(/[[\]:]/g, '\\$&');
  const value = option.value ? `:${option.value}:${action(option.kind ?? 'text', option.choices)}` : '';
  return [`--${name}`, ...(option.short ? [`-${option.short}`] : [])].map(
    (form) => `${form}[${text}]${value}`,
  );
}

function action(kind: ValueKind, choices: readonly string[] | undefined): string {
  if (choices) return `(${choices.join(' ')})`;
  if (kind === 'file') return '_files';
  if (kind === 'folder') return '_files -/';
  if (kind === 'service') return '_teal_services';
  if (kind === 'command') return '_teal_commands';
  return ' ';
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
