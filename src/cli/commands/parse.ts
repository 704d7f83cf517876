import { parseArgs } from 'node:util';
import { TealError } from '../../core/error.ts';
import { nearest } from '../../spec/problems/nearest.ts';
import type { Command, Option, ParsedOptions } from './command.ts';
import { commandNamed, GLOBAL_OPTIONS, visibleCommands } from './commands.ts';

/** A command line, understood. */
export interface Parsed {
  /** null: `teal` alone, or `teal --help`. */
  readonly command: Command | null;
  readonly positionals: readonly string[];
  readonly options: ParsedOptions;
  readonly help: boolean;
  readonly version: boolean;
}

/** Wrong usage: exit code 2. */
export const usageError = (what: string, fix: string): TealError =>
  new TealError('E_USAGE', what, { fix, exitCode: 2 });

/** The value of an option that counts something. Throws E_USAGE. */
export function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(`${name} cannot be “${text}”`, 'It is a whole number.');
}

/** Understands the arguments after `teal`. Throws E_USAGE, with a suggestion for what looks like a slip. */
export function parseCommandLine(args: readonly string[]): Parsed {
  const verb = args.find((arg) => !arg.startsWith('-'));
  if (verb === undefined) return withoutVerb(args);
  const command = commandNamed(verb);
  if (!command) throw unknownCommand(verb);
  const rest = args.toSpliced(args.indexOf(verb), 1);
  const { positionals, options } = parseFor(command, rest);
  const { help, debug: _debug, ...own } = options;
  if (help !== true) checkPositionals(command, positionals);
  return { command, positionals, options: own, help: help === true, version: false };
}

function withoutVerb(args: readonly string[]): Parsed {
  const known = ['-h', '--help', '-V', '--version', '--debug'];
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) throw unknownOption(unknown, ['--help', '--version', '--debug'], 'teal --help');
  const version = args.includes('-V') || args.includes('--version');
  return { command: null, positionals: [], options: {}, help: !version, version };
}

function parseFor(command: Command, args: readonly string[]) {
  const all: Readonly<Record<string, Option>> = { ...command.options, ...GLOBAL_OPTIONS };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(all).map(([name, { short, value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short ? { short } : {}) } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const options: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind === 'option') options[token.name] = optionValue(command, all, token);
  }
  return { positionals, options };
}

function optionValue(
  command: Command,
  all: Readonly<Record<string, Option>>,
  token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
): string | true {
  const help = `teal ${command.name} --help`;
  const option = Object.hasOwn(all, token.name) ? all[token.name] : undefined;
  if (!option) {
    const known = Object.keys(all).map((name) => `--${name}`);
    throw unknownOption(token.rawName, known, help);
  }
  if (option.value === undefined) {
    if (token.value !== undefined) throw usageError(`${token.rawName} takes no value`, `See ${help}`);
    return true;
  }
  if (token.value === undefined || (token.value.startsWith('--') && token.value.length > 2)) {
    throw usageError(`${token.rawName} needs a value: ${token.rawName} ${option.value}`, `See ${help}`);
  }
  checkChoice(token.rawName, token.value, option.choices);
  return token.value;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const help = `See teal ${command.name} --help`;
  const missing = command.arguments.find((argument, i) => argument.required && positionals[i] === undefined);
  if (missing) throw usageError(`teal ${command.name} needs its ${missing.name}: ${missing.summary}`, help);
  const extra = positionals[command.arguments.length];
  if (extra !== undefined)
    throw usageError(`teal ${command.name} does not know what to do with “${extra}”`, help);
  command.arguments.forEach((argument, i) => {
    if (positionals[i] !== undefined) checkChoice(argument.name, positionals[i], argument.choices);
  });
}

function checkChoice(name: string, value: string, choices: readonly string[] | undefined): void {
  if (!choices || choices.includes(value)) return;
  const near = nearest(value, choices);
  throw usageError(
    `${name} cannot be “${value}”`,
    near ? `Did you mean ${near}?` : `It is one of: ${choices.join(', ')}`,
  );
}

function unknownCommand(name: string): TealError {
  const near = nearest(
    name,
    visibleCommands().map((command) => command.name),
  );
  return usageError(
    `There is no command “${name}”`,
    near ? `Did you mean teal ${near}? All commands: teal --help` : 'All commands: teal --help',
  );
}

function unknownOption(typed: string, known: readonly string[], help: string): TealError {
  const near = nearest(typed, known);
  return usageError(
    `There is no option ${typed}`,
    near ? `Did you mean ${near}? All options: ${help}` : `All options: ${help}`,
  );
}
