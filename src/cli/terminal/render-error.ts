/** The one place where an error becomes text: what happened, why, what to do, the code. */
import { type ExitCode, TealError, type TealErrorJson } from '../../core/error.ts';
import { type Painter, painter } from './paint.ts';

export interface RenderOptions {
  /** `--debug`: with the stack and the causes. */
  readonly debug: boolean;
  readonly paint?: Painter;
}

/** Any thrown value as a TealError: what is none becomes E_UNEXPECTED. */
export function asTealError(error: unknown): TealError {
  if (error instanceof TealError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TealError('E_UNEXPECTED', message, {
    fix: 'Run the command again with --debug to see where it happened.',
    cause: error,
  });
}

/** For standard error, with its last line break. */
export function renderError(error: TealError, { debug, paint = painter(false) }: RenderOptions): string {
  const [what = '', ...more] = error.message.split('\n');
  const parts = [
    [`${paint('red', 'Error:')} ${paint('bold', what)}`, ...more].join('\n'),
    ...(error.why === undefined ? [] : [indent(error.why)]),
    ...(error.fix === undefined ? [] : [indent(error.fix)]),
    indent(paint('dim', error.code)),
    ...(debug ? [indent(stackOf(error))] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** For `--json`: one line on standard error. */
export const renderErrorJson = (error: TealError): string => `${JSON.stringify(json(error))}\n`;

export const exitCodeOf = (error: TealError): ExitCode => error.exitCode;

const json = (error: TealError): TealErrorJson => error.toJSON();

const indent = (text: string) =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n');

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`;
}
