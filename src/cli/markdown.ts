/** docs/cli.md, from the command table. `node src/cli/markdown.ts` writes it; a test says when it is not current. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from './commands/command.ts';
import { GLOBAL_OPTIONS, visibleCommands } from './commands/commands.ts';
import { optionForms, optionText, usage } from './commands/help.ts';

/** Where it stands in the project. */
export const CLI_DOCUMENT = fileURLToPath(new URL('../../docs/cli.md', import.meta.url));

/** The whole document. */
export function cliDocument(): string {
  const commands = visibleCommands();
  return [
    '# Commands',
    '',
    'Written from the command table in `src/cli/commands/commands.ts`: change that, then run `node src/cli/markdown.ts`.',
    '',
    '| command | does |',
    '|---|---|',
    ...commands.map(({ name, summary }) => `| [\`teal ${name}\`](#teal-${name}) | ${summary} |`),
    '',
    `Every command takes ${Object.entries(GLOBAL_OPTIONS)
      .map(([name, option]) => `\`${optionForms(name, option)}\` (${option.summary})`)
      .join(
        ' and ',
      )}. \`teal --version\` prints the version. Files are in \`TEAL_HOME\`: \`/var/lib/teal\` for root, else`,
    '`$XDG_STATE_HOME/teal`. `NO_COLOR` is honoured.',
    '',
    'What Teal’s own files were compiled to is kept in `$XDG_CACHE_HOME/teal/compiled` (`~/.cache/teal/compiled`; `NODE_COMPILE_CACHE` names another folder), so that everything starts sooner.',
    'It may be removed at will; where it cannot be written, nothing is kept.',
    '',
    '## Exit codes',
    '',
    '| code | means |',
    '|---|---|',
    ...EXIT_CODES.map((meaning, code) => `| ${code} | ${meaning} |`),
    '',
    'Errors go to standard error: what happened, why, what to do, and a stable code. With `--json` they are a line of JSON.',
    '',
    ...commands.flatMap(section),
  ].join('\n');
}

const EXIT_CODES = [
  'done (a deploy: out; with `--wait bake`: promoted)',
  'unexpected',
  'wrong usage or invalid file',
  'rolled back by a verdict or a check',
  'failed (never became ready, deadline)',
  'aborted by a person',
  'the daemon cannot be reached',
];

function section(command: Command): string[] {
  const options = Object.entries(command.options);
  return [
    `## teal ${command.name}`,
    '',
    `${command.summary[0]!.toUpperCase()}${command.summary.slice(1)}.`,
    '',
    '```',
    usage(command),
    '```',
    '',
    ...(command.details ?? []).flatMap((text) =>
      text.startsWith(' ') ? ['```', text.trim(), '```', ''] : [text, ''],
    ),
    ...rows(
      'argument',
      command.arguments.map(({ name, summary }) => [`\`${name.toUpperCase()}\``, summary]),
    ),
    ...rows(
      'option',
      options.map(([name, option]) => [`\`${optionForms(name, option)}\``, optionText(option)]),
    ),
    ...(command.examples.length > 0
      ? ['```sh', ...command.examples.map(({ line, does }) => `${line}    # ${does}`), '```', '']
      : []),
  ];
}

function rows(title: string, entries: readonly (readonly [string, string])[]): string[] {
  if (entries.length === 0) return [];
  return [`| ${title} | |`, '|---|---|', ...entries.map(([left, right]) => `| ${left} | ${right} |`), ''];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(CLI_DOCUMENT, cliDocument());
