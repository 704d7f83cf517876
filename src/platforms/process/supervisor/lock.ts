import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TealError } from '../../../core/error.ts';
import { takeExclusiveLock } from '../../../system/exclusive-lock.ts';
import type { Home } from '../../../system/home.ts';
import type { Logger } from '../../../system/log.ts';
import { writeOwnerFile } from '../../../system/owner-file.ts';

/** ms: {@link isSupervised} has the lock for an instant, and that must not keep anybody from starting. */
const PATIENCE = 500;

/**
 * Makes this process the only supervisor of a home until it ends, however it ends: see `takeExclusiveLock`.
 * Rejects with E_SUPERVISOR_RUNNING.
 */
export async function lockSupervisor(home: Home, log: Logger): Promise<() => void> {
  await mkdir(home.supervisor, { recursive: true, mode: 0o700 });
  const pidFile = join(home.supervisor, 'pid');
  const release = takeLock(home, PATIENCE);
  if (release === null) {
    const pid = await readFile(pidFile, 'utf8').catch(() => 'unknown'); // it has the lock but has not written yet
    throw new TealError('E_SUPERVISOR_RUNNING', `A supervisor of ${home.root} runs already`, {
      why: `Its pid is ${pid.trim()}.`,
      fix: 'Use it, or stop it with `teal down` first.',
      details: { pid: Number(pid) || null },
    });
  }
  await writeOwnerFile(pidFile, `${process.pid}\n`, (error) =>
    log.error({ err: error, path: pidFile }, 'cannot write down the pid of the supervisor; it goes on'),
  );
  return release;
}

/** Whether some process has that lock now: a supervisor runs, though it may not answer yet. */
export function isSupervised(home: Home): boolean {
  const release = takeLock(home, 0);
  release?.();
  return release === null;
}

const takeLock = (home: Home, patience: number) => takeExclusiveLock(join(home.supervisor, 'lock'), patience);
