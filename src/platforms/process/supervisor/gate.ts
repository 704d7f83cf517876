import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { TealError } from '../../../core/error.ts';
import { type ProcessIdentity, processStarted } from '../../../system/process/process-identity.ts';

/** What {@link spawnGated} needs. */
export interface GatedOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly switchTo: { readonly uid?: number; readonly gid?: number };
}

/** A process of its own group that waits before its first instruction. */
export interface GatedProcess {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  /** Lets it go on. Pid and start time stay what they are. */
  go(): void;
}

/**
 * Waits for a line on descriptor 3 and becomes the program. If the supervisor dies before it wrote down whom it
 * started, the read ends and so does the process: no start can be forgotten.
 */
const GATE = 'read -r _ <&3 && exec 3<&- && exec "$@"';

/**
 * Starts a process in a new session, with its output appended to `log` through descriptors of its own, so that
 * nobody's death harms it. Rejects with E_INSTANCE_START.
 */
export async function spawnGated(options: GatedOptions): Promise<GatedProcess> {
  const { command, cwd, env, log } = options;
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw startError(`${cwd} is not there`, 'Deploy again: the release was removed from the disk.');
  }
  mkdirSync(dirname(log), { recursive: true, mode: 0o750 });
  const output = openSync(log, 'a', 0o640);
  let child: ChildProcess;
  try {
    child = spawn('/bin/sh', ['-c', GATE, 'teal', ...command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', output, output, 'pipe'],
      ...options.switchTo,
    });
  } finally {
    closeSync(output);
  }
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(startError(`${cwd}: ${error.code ?? error.message}`, 'Check that `user` may enter the folder.')),
    );
  });
  const gate = child.stdio[3] as Writable;
  // A process that was killed while it waited has closed its end; its exit tells.
  gate.on('error', () => undefined);
  const started = await processStarted(child.pid!);
  if (started === null) throw startError('it ended before its first instruction', 'Try again.');
  return { child, identity: { pid: child.pid!, started }, go: () => void gate.end('go\n') };
}

const startError = (why: string, fix: string) =>
  new TealError('E_INSTANCE_START', 'Cannot start the process', { why, fix });
