import { setInterval } from 'node:timers/promises';
import { stopGroup } from '../../../system/process/process-group.ts';
import { isRunning, type ProcessIdentity } from '../../../system/process/process-identity.ts';
import { programEnvironment, programUser, type ResolveEnv } from './environment.ts';
import { spawnGated } from './gate.ts';
import { stopOrphans } from './orphans.ts';
import type { Program } from './program.ts';

/** A process of a program, whoever its parent is. */
export interface Running {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended; both null where nobody was told how. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Stops its whole group: its stop signal, then SIGKILL after `within`. False where something hangs in the kernel. */
  stopGroup(within: number): Promise<boolean>;
  /** No longer keeps this process alive for it. */
  leave(): void;
}

/** A process that waits to be let go; see gate.ts. */
export interface Launched extends Running {
  readonly port: number | null;
  go(): void;
}

export interface LaunchDeps {
  readonly environ: NodeJS.ProcessEnv;
  readonly resolveEnv: ResolveEnv;
  /** A port: this one if it is still free. */
  freePort(preferred: number | null): Promise<number>;
}

/** How often an adopted process is looked at: only a parent is told of an exit. */
const WATCH_EVERY = 200;

/** Starts a process of the program. Rejects with what makes that impossible: no user, no secret, no folder. */
export async function launch(program: Program, port: number | null, deps: LaunchDeps): Promise<Launched> {
  const own = program.port ? await deps.freePort(port) : null;
  const user = await programUser(program);
  const env = await programEnvironment(program, user, own, deps.environ, deps.resolveEnv);
  const { child, identity, go } = await spawnGated({ ...program, env, switchTo: user.switchTo });
  return {
    identity,
    port: own,
    go,
    ended: new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) {
        resolve({ code: child.exitCode, signal: child.signalCode });
      } else child.once('exit', (code, signal) => resolve({ code, signal }));
    }),
    stopGroup: (within) => stopGroup(identity.pid, within, program.stop.signal),
    leave: () => child.unref(),
  };
}

/** Watches a process that an earlier supervisor started. */
export function adopt(program: Program, identity: ProcessIdentity): Running {
  const patience = new AbortController();
  return {
    identity,
    ended: goneOf(identity, patience.signal).then(() => ({ code: null, signal: null })),
    async stopGroup(within) {
      if (await isRunning(identity)) return stopGroup(identity.pid, within, program.stop.signal);
      return stopOrphans(program, identity.pid, within);
    },
    leave: () => patience.abort(),
  };
}

async function goneOf(identity: ProcessIdentity, signal: AbortSignal): Promise<void> {
  if (!(await isRunning(identity))) return;
  try {
    for await (const _ of setInterval(WATCH_EVERY, undefined, { signal })) {
      if (!(await isRunning(identity))) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
