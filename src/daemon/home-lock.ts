import { readFile } from 'node:fs/promises';
import { TealError } from '../core/error.ts';
import { takeExclusiveLock } from '../system/exclusive-lock.ts';
import type { Home } from '../system/home.ts';
import { makeHomeFolder } from '../system/home-folder.ts';
import type { Logger } from '../system/log.ts';
import { removeOwnerFile, writeOwnerFile } from '../system/owner-file.ts';
import { processStarted } from '../system/process/process-identity.ts';

/** What the lock file says of the daemon that owns a home. */
export interface HomeOwner {
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
  /** See `processStarted`: tells the daemon from a later process with its pid. */
  readonly started: string | null;
}

/**
 * Makes this process the only daemon of a home until it ends, however it ends. Rejects with E_DAEMON_RUNNING and the
 * other's pid, or with E_HOME_UNWRITABLE. The lock itself is on a file beside the readable one, see `takeExclusiveLock`.
 */
export async function lockHome(
  home: Pick<Home, 'root' | 'daemonLock'>,
  log: Logger,
  now = Date.now(),
): Promise<() => Promise<void>> {
  makeHomeFolder(home);
  const letGo = takeExclusiveLock(`${home.daemonLock}.db`);
  if (letGo === null) throw running(await readOwner(home));
  const owner: HomeOwner = {
    pid: process.pid,
    startedAt: new Date(now).toISOString(),
    started: await processStarted(process.pid),
  };
  await writeOwnerFile(home.daemonLock, JSON.stringify(owner), (error) =>
    log.error({ err: error, path: home.daemonLock }, 'cannot write down the pid of the daemon; it goes on'),
  );
  return async () => {
    await removeOwnerFile(home.daemonLock);
    letGo();
  };
}

/** What the lock file says; null where there is none. Its process may be gone. */
export async function readOwner(home: Pick<Home, 'daemonLock'>): Promise<HomeOwner | null> {
  const text = await readFile(home.daemonLock, 'utf8').catch(ignoreMissing);
  return text === null ? null : (JSON.parse(text) as HomeOwner);
}

function running(owner: HomeOwner | null): TealError {
  return new TealError('E_DAEMON_RUNNING', 'A daemon runs over this TEAL_HOME already', {
    why: owner === null ? 'It is only just starting.' : `Its pid is ${owner.pid}, since ${owner.startedAt}.`,
    fix: 'Use it as it is, stop it with `teal down`, or set TEAL_HOME to another folder.',
    ...(owner === null ? {} : { details: { pid: owner.pid } }),
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
