/** The shape of the command table, from which help, completion, documentation and parsing all come. */
import type { Home } from '../../system/home.ts';
import type { Output } from '../terminal/output.ts';

/** What an argument or an option's value is, so that shells can complete it. */
export type ValueKind = 'file' | 'folder' | 'service' | 'rollout' | 'text' | 'command';

export interface Option {
  /** One letter, without its dash. */
  readonly short?: string;
  /** Placeholder of its value in help, e.g. `NAME`; absent: a switch without a value. */
  readonly value?: string;
  readonly kind?: ValueKind;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  readonly summary: string;
}

export interface Argument {
  /** As it stands in help, e.g. `service`. */
  readonly name: string;
  readonly kind: ValueKind;
  readonly required: boolean;
  readonly choices?: readonly string[];
  readonly summary: string;
}

export interface Example {
  readonly line: string;
  readonly does: string;
}

/** One verb of the command line, as data. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs for `teal help NAME`. */
  readonly details?: readonly string[];
  readonly arguments: readonly Argument[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly Example[];
  /** Teal starts it itself; shown nowhere. */
  readonly hidden?: boolean;
}

/** What a verb gets. */
export interface Invocation {
  readonly command: Command;
  readonly positionals: readonly string[];
  readonly options: ParsedOptions;
  readonly output: Output;
  readonly home: Home;
}

/** Options by long name: the value of those that take one, true for switches that were given. */
export type ParsedOptions = Readonly<Record<string, string | true | undefined>>;

/** A module in `verbs/`. Resolves with the exit code (core's ExitCode, or 130 for Ctrl-C); a TealError that it throws is rendered by `main`. */
export interface Verb {
  readonly run: (invocation: Invocation) => Promise<number>;
}

/** The value of an option that takes one; undefined where it was not given. */
export function textOf(options: ParsedOptions, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
