import { type Logger, pino } from 'pino';

export type { Logger };

/** Keys whose values never reach a log, wherever they stand one or two levels deep. */
const REDACTED = ['env', 'previewSecret', 'authorization', 'cookie', 'secret', 'token', 'password'];

/**
 * A structured logger on stderr (JSON lines): `component` names the process or part, children add `service`,
 * `rollout` or `request`. Level from TEAL_LOG_LEVEL, default `info`.
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
    pino.destination({ fd: 2, sync: true }),
  );
}
