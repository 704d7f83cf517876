/** What a {@link TealError} is made of. */
export interface TealErrorOptions {
  /** Why it happened: the circumstances, with the values that matter. */
  readonly why?: string;
  /** What the reader can do about it, as an imperative sentence. */
  readonly fix?: string;
  /** Structured facts for `--json` and logs. Never contains a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Exit code of the command line when this error ends it. Default 1. */
  readonly exitCode?: ExitCode;
}

/**
 * Exit codes of the command line: 0 done; 1 unexpected; 2 wrong usage or invalid file; 3 rolled back by a
 * verdict or a check; 4 failed (never became ready, deadline); 5 aborted by a person; 6 daemon unreachable.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/**
 * The one error that Teal shows to people: a stable code (`E_...`), what happened, why, and what to do.
 * `message` says what happened. Rendered in one place only, `cli/render-error.ts`.
 */
export class TealError extends Error {
  override readonly name = 'TealError';
  readonly code: `E_${string}`;
  readonly why: string | undefined;
  readonly fix: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly exitCode: ExitCode;

  constructor(code: `E_${string}`, what: string, options: TealErrorOptions = {}) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.why = options.why;
    this.fix = options.fix;
    this.details = options.details;
    this.exitCode = options.exitCode ?? 1;
  }

  /** The wire form: what the API sends and the client rebuilds with {@link TealError.fromJSON}. */
  toJSON(): TealErrorJson {
    return {
      code: this.code,
      message: this.message,
      ...(this.why === undefined ? {} : { why: this.why }),
      ...(this.fix === undefined ? {} : { fix: this.fix }),
      ...(this.details === undefined ? {} : { details: this.details }),
      exitCode: this.exitCode,
    };
  }

  static fromJSON(json: TealErrorJson): TealError {
    return new TealError(json.code, json.message, json);
  }
}

/** See {@link TealError.toJSON}. */
export interface TealErrorJson {
  readonly code: `E_${string}`;
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly exitCode?: ExitCode;
}
