import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { TealError } from '../core/error.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { runShell } from '../system/shell.ts';
import { lineSplitter } from './lines.ts';

export interface BuildOptions {
  /** The release's own folder. */
  readonly folder: string;
  readonly release: string;
  /** File that keeps the output. */
  readonly log: string;
  readonly onOutput: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A build that takes longer than this hangs. */
const WITHIN = 3_600_000;
/** Lines of the output that the error shows. */
const SHOWN = 20;
/** What a build needs of the daemon's environment in order to fetch things; of the service's `env` it gets nothing. */
const PASSED_ON = /^((https?|no|all)_proxy|npm_config_.*|node_extra_ca_certs|ssl_cert_(file|dir)|ci)$/i;

/**
 * Runs the service's build in the release's folder, as its user. Rejects with E_BUILD_FAILED (exit code, last lines) or
 * E_BUILD_ABORTED; nothing of it runs on then.
 */
export async function build(spec: ServiceSpec, command: string, options: BuildOptions): Promise<void> {
  const { folder, release, log, onOutput, signal } = options;
  await mkdir(dirname(log), { recursive: true, mode: 0o750 });
  const file = createWriteStream(log, { mode: 0o640 });
  const kept = finished(file).then(
    () => undefined,
    (error: Error) => error,
  );
  const last: string[] = [];
  const lines = lineSplitter((line) => {
    last.push(line);
    if (last.length > SHOWN) last.shift();
    onOutput(line);
  });
  try {
    const result = await runShell({
      command,
      cwd: folder,
      env: { ...passedOn(), TEAL_SERVICE: spec.service, TEAL_RELEASE: release },
      user: spec.user,
      timeout: WITHIN,
      ...(signal ? { signal } : {}),
      onOutput(text) {
        file.write(text);
        lines.add(text);
      },
    });
    lines.end();
    if (result.end === 'aborted') {
      throw new TealError('E_BUILD_ABORTED', 'The build was stopped', { why: command, exitCode: 5 });
    }
    if (result.end === 'timed-out') throw failed(`ran longer than ${WITHIN / 60_000} minutes`, null);
    if (result.code !== 0) throw failed(`ended with ${result.code ?? result.signal}`, result.code);
  } finally {
    file.end();
    const error = await kept;
    if (error) onOutput(`[this output could not be kept: ${error.message}]`);
  }

  function failed(how: string, code: number | null): TealError {
    return new TealError('E_BUILD_FAILED', `The build ${how}`, {
      why: [command, ...last.map((line) => `  ${line}`)].join('\n'),
      fix: `Mend the build; its whole output is in ${log}.`,
      details: { command, code, log, output: [...last] },
      exitCode: 4,
    });
  }
}

const passedOn = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
    ),
  );
