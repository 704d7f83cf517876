import { TealError } from '../core/error.ts';
import type { JobTarget } from '../core/ports.ts';
import type { Limit } from './limit.ts';
import type { OutputFile } from './output-file.ts';

/** What one attempt of a check or hook found: the part of a `JobResult` that it decides. */
export interface Finding {
  readonly outcome: 'passed' | 'failed';
  /** One sentence, no full stop. */
  readonly summary: string;
  /** What a person needs in order to act. */
  readonly evidence: string;
}

/** What a kind of check gets to work with. */
export interface Attempt {
  readonly target: JobTarget;
  /** Ends the attempt: its time is over, or nobody wants the result any more. */
  readonly limit: Limit;
  /** Where a command's whole output goes. */
  openOutput(): Promise<OutputFile>;
}

export const passed = (summary: string, evidence = ''): Finding => ({ outcome: 'passed', summary, evidence });
export const failed = (summary: string, evidence = ''): Finding => ({ outcome: 'failed', summary, evidence });

/** A failure to run at all is a failed result, with the reason in it. */
export function failedBy(error: unknown): Finding {
  if (!(error instanceof TealError)) {
    return failed(`It could not be run: ${error instanceof Error ? error.message : String(error)}`);
  }
  const lines = [error.why, error.fix].filter((line) => line !== undefined);
  return failed(error.message, [`${error.code}: ${error.message}`, ...lines].join('\n'));
}

/** The environment's URL, or E_CHECK_NO_URL for a service that takes no HTTP traffic. */
export function urlOf(target: JobTarget): string {
  if (target.url !== null) return target.url;
  throw new TealError(
    'E_CHECK_NO_URL',
    `"${target.job.name}" needs a URL, and the service takes no HTTP traffic`,
    {
      why: 'teal.yaml has no `listen`, so there is no request to send.',
      fix: 'Use a `run` check, or give the service a `listen`.',
    },
  );
}
