import { type Logger, pino } from 'pino';

export type { Logger };

/** Keys whose values never reach a log, wherever they stand one or two levels deep. */
const REDACTED = ['env', 'previewSecret', 'authorization', 'cookie', 'secret', 'token', 'password'];

/**
 * A structured logger on stderr (JSON lines): `component` names the process or part, children add `service`,
 * `rollout` or `request`. Level from TEAL_LOG_LEVEL, default `info`. Lines that cannot be written (a full disk) wait in
 * memory, up to a limit, for the next that can.
 */
export function createLogger(
  component: string,
  level: string = process.env.TEAL_LOG_LEVEL ?? 'info',
): Logger {
  return pino(
    {
      level,
      base: { component, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[hidden]' },
    },
    neverFatal(),
  );
}

/** Characters that wait for a disk with room; what comes on top is dropped. */
const WAITING_AT_MOST = 1_000_000;

/** An unheard error of the stream would end the process: router and supervisor would die of a line they cannot log. */
function neverFatal() {
  const stream = pino.destination({ fd: 2, sync: true, maxLength: WAITING_AT_MOST });
  // The stream keeps the line and tries again with the next one; there is nowhere else to say so.
  return stream.on('error', () => undefined);
}
