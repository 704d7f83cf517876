import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TealError } from '../../core/error.ts';
import type { Colour } from '../../core/model.ts';
import type { EnvironmentOrder, Platform } from '../../core/ports.ts';
import type { ObservedEnvironment, ObservedInstance } from '../../core/world.ts';
import { resolveEnv } from '../../spec/secrets.ts';
import type { Home } from '../../system/home.ts';
import type { Logger } from '../../system/log.ts';
import { resolveUser } from '../../system/users/user.ts';
import { HOST, type InstanceStatus, idPrefix, instanceProgram, instancesOf, logFolder } from './instance.ts';
import { type LogSource, readLogs } from './logs.ts';
import { createProbing } from './probing.ts';
import { readTail } from './supervisor/logs/log-file.ts';
import { sameProgram } from './supervisor/program.ts';
import { createWatch } from './watch.ts';

export interface ProcessPlatformOptions {
  readonly home: Home;
  readonly log: Logger;
  /** Command line that starts `teal supervisor`, for when there is none. */
  readonly supervisorArgv: readonly string[];
}

const LOG_TAIL = 20;

/**
 * Runs instances as processes of this machine, through the supervisor, which outlives the daemon: everything is found
 * again after a restart. `apply` rejects only where the supervisor cannot be had; what is wrong with the release
 * itself (no folder, no user, root) is the `problem` that `observe` tells.
 */
export function processPlatform({ home, log, supervisorArgv }: ProcessPlatformOptions): Platform {
  const listeners = new Set<(service: string) => void>();
  const problems = new Map<string, string>();
  const notify = (service: string) => {
    for (const listener of listeners) listener(service);
  };
  const probing = createProbing({ environ: process.env, resolveEnv, changed: notify });
  const watch = createWatch({ home, log, supervisorArgv, seen: probing.follow, changed: notify });

  async function instances(service: string, colour: Colour): Promise<InstanceStatus[]> {
    return instancesOf((await watch.now()).programs, service, colour);
  }

  async function apply(order: EnvironmentOrder): Promise<void> {
    const { service, colour } = order;
    const wanted = Array.from({ length: order.instances }, (_, index) =>
      instanceProgram(order, index + 1, home),
    );
    const running = await instances(service, colour);
    const missing = wanted.filter(
      (one) => !running.some(({ program, state }) => state !== 'stopping' && sameProgram(program, one)),
    );
    const problem = missing.length === 0 ? null : await problemOf(order);
    setProblem(service, colour, problem);
    if (problem !== null) return;
    for (const program of missing) await watch.use((supervisor) => supervisor.ensure(program));
    const surplus = running.filter(({ meta }) => meta.n > order.instances);
    stop(surplus).catch((error: unknown) =>
      log.warn({ service, colour, err: error }, 'cannot stop instances'),
    );
  }

  function setProblem(service: string, colour: Colour, problem: string | null): void {
    if (problem === null) problems.delete(idPrefix(service, colour));
    else problems.set(idPrefix(service, colour), problem);
  }

  async function stop(which: readonly InstanceStatus[]): Promise<void> {
    if (which.length === 0) return;
    const within = Math.max(...which.map(({ program }) => program.stop.within));
    const ids = which.map(({ program }) => program.id);
    await watch.use((supervisor) => supervisor.stop(ids, within));
  }

  async function observe(service: string, colour: Colour): Promise<ObservedEnvironment> {
    const found = await instances(service, colour);
    await probing.settled(found);
    const current = found.find(({ state }) => state !== 'stopping') ?? found[0];
    return {
      colour,
      release: current?.meta.release ?? null,
      instances: await Promise.all(found.map(observed)),
      problem: problems.get(idPrefix(service, colour)) ?? found.find((one) => one.problem)?.problem ?? null,
    };
  }

  async function observed(status: InstanceStatus): Promise<ObservedInstance> {
    const { meta, port, pid, startedAt, restarts, lastExit, program, logStart } = status;
    const { state, lastProbe } = probing.of(status);
    return {
      id: meta.instance,
      endpoint: port === null ? null : { host: HOST, port },
      state,
      pid,
      startedAt,
      restarts,
      lastProbe,
      lastExit,
      logTail: state === 'ready' ? [] : await readTail(program.log, LOG_TAIL, logStart),
    };
  }

  /** Files of the instances that are there; where none is, of those that were. */
  async function logSources(service: string, colour: Colour): Promise<readonly LogSource[]> {
    const found = await instances(service, colour);
    if (found.length > 0) {
      return found.map(({ meta, program, logStart }) => ({
        colour,
        instance: meta.instance,
        path: program.log,
        from: logStart,
      }));
    }
    const folder = logFolder(home, service);
    const names = (await filesOf(folder)).filter((name) => /^\d+\.log$/.test(name.replace(`${colour}-`, '')));
    return names.sort().map((name) => ({
      colour,
      instance: `${service}-${name.replace(/\.log$/, '')}`,
      path: join(folder, name),
      from: 0,
    }));
  }

  return {
    name: 'process',
    apply,
    observe,
    async remove(service, colour) {
      setProblem(service, colour, null);
      await stop(await instances(service, colour));
    },
    logs: (service, colour, options) => readLogs(() => logSources(service, colour), options),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      probing.close();
      await watch.close();
    },
  };
}

/** Why no instance of this release can be started; null: nothing known against it. */
async function problemOf({ release }: EnvironmentOrder): Promise<string | null> {
  try {
    await resolveUser(release.spec.user);
  } catch (error) {
    if (!(error instanceof TealError)) throw error;
    return [error.message, error.why, error.fix].filter(Boolean).join(' ');
  }
  const folder = await stat(release.path).catch(() => null); // whatever the reason: it cannot be used
  return folder?.isDirectory() ? null : `The release's folder ${release.path} is not there. Deploy again.`;
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
