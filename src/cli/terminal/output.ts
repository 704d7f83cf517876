import type { WriteStream } from 'node:tty';
import { type Painter, painter } from './paint.ts';

/** Where a command's output goes, and what that place can show. */
export interface Output {
  /** A line on standard output. */
  line(text?: string): void;
  /** A value on standard output as JSON; `compact` on one line. */
  json(value: unknown, compact?: boolean): void;
  /** A line on standard error: what is not the answer itself. */
  note(text: string): void;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  /** Whether standard output is a terminal that can be redrawn. */
  readonly live: boolean;
  /** Whether a person can be asked: standard input and standard error are terminals. */
  readonly canAsk: boolean;
  readonly paint: Painter;
}

/** The output of this process. Colour only on a terminal, and not where NO_COLOR is set (https://no-color.org). */
export function processOutput(env: NodeJS.ProcessEnv = process.env): Output {
  const { stdout, stderr, stdin } = process;
  return {
    line: (text = '') => void stdout.write(`${text}\n`),
    json: (value, compact = false) =>
      void stdout.write(`${JSON.stringify(value, null, compact ? undefined : 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    stdout,
    stderr,
    live: stdout.isTTY === true && env.TERM !== 'dumb',
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    paint: painter(hasColour(stdout, env)),
  };
}

/** Whether colour may be written to a stream. */
export const hasColour = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
