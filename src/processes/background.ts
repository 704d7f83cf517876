/** Teal in the background: what `teal up` and `teal down` do, over the supervisor. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TealError } from '../core/error.ts';
import { supervisorClient } from '../platforms/process/supervisor/client.ts';
import { ensureSupervisor, ownProgram } from '../platforms/process/supervisor/ensure.ts';
import { isSupervised } from '../platforms/process/supervisor/lock.ts';
import { sameProgram } from '../platforms/process/supervisor/program.ts';
import { type Home, requireShortPath } from '../system/home.ts';
import { localClient } from '../system/local-rpc.ts';
import { type Brought, bringRouter } from './bring-router.ts';

const DAEMON_ENDS_WITHIN = 10_000;

export interface BackgroundPrograms {
  /** Command line of the supervisor itself. */
  readonly supervisor: readonly string[];
  readonly daemon: readonly string[];
  readonly router: readonly string[];
}

/** What `startBackground` has done besides starting what was missing. */
export interface Started {
  /** What became of the router; why it stays as it is where it could not be upgraded. */
  readonly router: Brought | TealError;
  /** A daemon answered, and goes on. */
  readonly daemonStays: boolean;
}

/**
 * Makes sure that a supervisor keeps daemon and router of `version` running: others make way, the router under load. `daemon`: the version
 * of the one that answers; null: none does. Idempotent. Rejects with E_SUPERVISOR_START, E_HOME_TOO_LONG.
 */
export async function startBackground(
  home: Home,
  programs: BackgroundPrograms,
  version: string,
  daemon: string | null,
): Promise<Started> {
  requireShortPath(home);
  await ensureSupervisor(home, programs.supervisor);
  const client = supervisorClient(home);
  try {
    // The new daemon tells the new router things that the old one may not understand.
    const router = await bringRouter(home, programs.router, version).catch((error: unknown) => {
      if (error instanceof TealError) return error;
      throw error;
    });
    const wanted = ownProgram(home, 'daemon', programs.daemon);
    const running = (await client.list()).programs.find(({ program }) => program.id === 'daemon');
    const startedOtherwise = running !== undefined && !sameProgram(running.program, wanted);
    const daemonStays = daemon === version && !startedOtherwise;
    if (daemon !== null && !daemonStays) await client.stop(['daemon'], DAEMON_ENDS_WITHIN);
    await client.ensure(wanted);
    return { router, daemonStays };
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
