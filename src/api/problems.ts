import { TealError } from '../core/error.ts';

/** HTTP status by error code; the rest is 409 (refused as things stand), see {@link statusOf}. */
const STATUS: Readonly<Record<string, number>> = {
  E_API_INPUT: 400,
  E_API_NOT_FOUND: 404,
  E_API_TOO_LARGE: 413,
  E_SERVICE_UNKNOWN: 404,
  E_ROLLOUT_UNKNOWN: 404,
  E_RELEASE_UNKNOWN: 404,
  E_SPEC_NOT_FOUND: 404,
  E_DAEMON_STOPPING: 503,
  E_UNREACHABLE: 503,
  E_SUPERVISOR_START: 503,
  E_JOURNAL_WRITE: 507,
  E_JOURNAL_BUSY: 503,
  E_JOURNAL_CORRUPT: 500,
  E_JOURNAL_CONFLICT: 500,
  E_DISK_FULL: 507,
  E_INTERNAL: 500,
};
/** What the caller sent is understood and wrong. */
const UNPROCESSABLE = ['E_SPEC_', 'E_SOURCE_', 'E_REF_', 'E_BUILD_', 'E_ROOT', 'E_USER_'];

/** The HTTP status that an error is answered with. */
export function statusOf({ code }: TealError): number {
  return STATUS[code] ?? (UNPROCESSABLE.some((prefix) => code.startsWith(prefix)) ? 422 : 409);
}

/** Any error as one that may be shown; what is unexpected says so and nothing of the inside. */
export function shown(error: unknown): TealError {
  if (error instanceof TealError) return error;
  return new TealError('E_INTERNAL', 'Something unexpected went wrong in the daemon', {
    why: error instanceof Error ? error.message : String(error),
    fix: 'The daemon log has the details. Please report it.',
    cause: error,
  });
}

/** E_ROLLOUT_UNKNOWN. */
export function unknownRollout(rollout: string): TealError {
  return new TealError('E_ROLLOUT_UNKNOWN', `There is no rollout "${rollout}"`, {
    fix: 'See `teal history SERVICE` for those there were.',
    exitCode: 2,
  });
}
