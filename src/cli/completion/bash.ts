import type { Argument, Command, Option } from '../commands/command.ts';
import { GLOBAL_OPTIONS, visibleCommands } from '../commands/commands.ts';
import { LIST_SERVICES } from './services.ts';

/** A completion function for bash 3.2 and newer. */
export function bashCompletion(): string {
  const names = visibleCommands()
    .map(({ name }) => name)
    .join(' ');
  return [
    '# bash completion for teal: source <(teal completion bash)',
    '_teal() {',
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}"`,
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${names} --help --version" -- "$current"))`,
    '    return',
    '  fi',
    '  case "$verb" in',
    ...visibleCommands().flatMap(commandCase),
    '  esac',
    '}',
    'complete -F _teal teal',
    '',
  ].join('\n');
}

function commandCase(command: Command): string[] {
  const options = Object.entries({ ...command.options, ...GLOBAL_OPTIONS });
  const valued = options.filter(([, option]) => option.value !== undefined);
  const argument = command.arguments[0];
  return [
    `    ${command.name})`,
    ...(valued.length > 0 ? ['      case "$previous" in', ...valued.map(valueCase), '      esac'] : []),
    '      if [[ "$current" == -* ]]; then',
    `        COMPREPLY=($(compgen -W "${options.map(([name]) => `--${name}`).join(' ')}" -- "$current"))`,
    ...(argument ? ['      else', `        ${reply(argument)}`] : []),
    '      fi',
    '      ;;',
  ];
}

function valueCase([name, option]: readonly [string, Option]): string {
  const forms = [`--${name}`, ...(option.short ? [`-${option.short}`] : [])].join(' | ');
  return `        ${forms}) ${reply(option)}; return ;;`;
}

function reply({ kind, choices }: Pick<Option & Argument, 'kind' | 'choices'> | Option): string {
  const words = (list: string) => `COMPREPLY=($(compgen -W "${list}" -- "$current"))`;
  if (choices) return words(choices.join(' '));
  if (kind === 'file') return 'COMPREPLY=($(compgen -f -- "$current"))';
  if (kind === 'folder') return 'COMPREPLY=($(compgen -d -- "$current"))';
  if (kind === 'service') return words(`$(${LIST_SERVICES})`);
  if (kind === 'command')
    return words(
      visibleCommands()
        .map(({ name }) => name)
        .join(' '),
    );
  return ':';
}
