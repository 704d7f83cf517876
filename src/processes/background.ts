/** Teal in the background: what `teal up` and `teal down` do, over the supervisor. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TealError } from '../core/error.ts';
import { supervisorClient } from '../platforms/process/supervisor/client.ts';
import { ensureSupervisor, ownProgram } from '../platforms/process/supervisor/ensure.ts';
import { isSupervised } from '../platforms/process/supervisor/lock.ts';
import { type Home, requireShortPath } from '../system/home.ts';
import { localClient } from '../system/local-rpc.ts';

export interface BackgroundPrograms {
  /** Command line of the supervisor itself. */
  readonly supervisor: readonly string[];
  readonly daemon: readonly string[];
  readonly router: readonly string[];
}

/** Makes sure that a supervisor keeps daemon and router running. Idempotent. Rejects with E_SUPERVISOR_START, E_HOME_TOO_LONG. */
export async function startBackground(home: Home, programs: BackgroundPrograms): Promise<void> {
  requireShortPath(home);
  await ensureSupervisor(home, programs.supervisor);
  const client = supervisorClient(home);
  try {
    await client.ensure(ownProgram(home, 'router', programs.router));
    await client.ensure(ownProgram(home, 'daemon', programs.daemon));
  } finally {
    client.close();
  }
}

/**
 * Ends supervisor and daemon; with `all` first everything that they run. Resolves with whether there was anything to
 * end. What an earlier supervisor left running is adopted (by a supervisor started with `supervisor`) so that it can be stopped.
 */
export async function stopBackground(
  home: Home,
  { all, supervisor }: { readonly all: boolean; readonly supervisor: readonly string[] },
): Promise<boolean> {
  if (!existsSync(home.supervisor)) return false;
  if (!isSupervised(home)) {
    if (!all) return false;
    await ensureSupervisor(home, supervisor);
  }
  const client = supervisorClient(home);
  try {
    await client.end(all);
    return true;
  } finally {
    client.close();
  }
}

/** Whether the router takes calls now. */
export async function routerAnswers(home: Home): Promise<boolean> {
  const client = localClient(home.routerSocket, 'the router');
  try {
    await client.call('ping', null, 1_000);
    return true;
  } catch (error) {
    // Any answer will do, even that there is no such call.
    return !(error instanceof TealError && error.code === 'E_UNREACHABLE');
  } finally {
    client.close();
  }
}

/** Why the daemon does not come up, in words; null: it may still. */
export async function daemonTrouble(home: Home): Promise<string | null> {
  const client = supervisorClient(home);
  try {
    const { programs } = await client.list();
    const daemon = programs.find(({ program }) => program.id === 'daemon');
    if (!daemon || (daemon.problem === null && daemon.restarts < 3)) return null;
    const exit = daemon.lastExit?.code ?? daemon.lastExit?.signal ?? 'unknown';
    return daemon.problem ?? `It ended ${daemon.restarts} times, the last time with ${exit}.`;
  } finally {
    client.close();
  }
}

/** Log of the daemon, for those who want to know why it does not answer. */
export const daemonLog = (home: Home): string => join(home.logs, 'daemon.log');
