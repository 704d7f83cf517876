import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createApp } from '../api/app.ts';
import { logEvents } from '../api/events/event-log.ts';
import { serveApi } from '../api/server.ts';
import { pruneOutputs } from '../checks/output-file.ts';
import { createJobRunner } from '../checks/runner.ts';
import { TealError } from '../core/error.ts';
import { evolve, FOLD_VERSION } from '../core/evolve.ts';
import { initialState } from '../core/state.ts';
import { createController } from '../daemon/controller.ts';
import { createDeployer } from '../daemon/deployer.ts';
import { lockHome } from '../daemon/home-lock.ts';
import { startPruner } from '../daemon/pruner.ts';
import { previewSecrets } from '../daemon/traffic/preview-secrets.ts';
import { sqliteJournal } from '../journal/sqlite.ts';
import { processPlatform } from '../platforms/process/driver.ts';
import { ensureSupervisor } from '../platforms/process/supervisor/ensure.ts';
import { releaseStore } from '../releases/store.ts';
import { PREVIEW_HEADER } from '../routers/embedded/clients/preview.ts';
import { embeddedRouter } from '../routers/embedded/driver.ts';
import { specJsonSchema } from '../spec/index.ts';
import type { Home } from '../system/home.ts';
import { createLogger, type Logger } from '../system/log.ts';
import { resolveGroup } from '../system/users/group.ts';
import { bringRouter } from './bring-router.ts';

export interface DaemonProcessOptions {
  readonly version: string;
  /** Command lines of the supervisor and the router, which the daemon sees to. */
  readonly supervisor: readonly string[];
  readonly router: readonly string[];
}

const clock = { now: () => Date.now() };

/**
 * The process `teal daemon`: journal, controller and API of one home, until SIGTERM or SIGINT. Instances and router go
 * on serving without it. Rejects with E_DAEMON_RUNNING, E_JOURNAL_... or E_SUPERVISOR_START; what fails later and
 * unexpectedly is logged and ends the process with 1, for the supervisor to start it again.
 */
export async function runDaemon(home: Home, options: DaemonProcessOptions): Promise<void> {
  const log = createLogger('daemon');
  const ended = endSignal(log);
  const unlock = await lockHome(home, log);
  try {
    await mkdir(home.logs, { recursive: true, mode: 0o750 });
    const stop = await start(home, options, log);
    log.info({ home: home.root, version: options.version }, 'the daemon is up');
    log.info({ signal: await ended }, 'the daemon ends; instances and router go on');
    await stop();
  } finally {
    await unlock();
  }
}

async function start(home: Home, options: DaemonProcessOptions, log: Logger): Promise<() => Promise<void>> {
  const journal = sqliteJournal({
    path: home.journal,
    fold: { version: FOLD_VERSION, initial: initialState, evolve },
  });
  logEvents(journal, log);
  await ensureSupervisor(home, options.supervisor);
  await bringRouter(home, options.router, options.version).catch((error: unknown) => {
    if (!(error instanceof TealError)) throw error;
    log.warn({ err: error }, 'the router is another than this Teal would start, and goes on as it is');
  });
  const platform = processPlatform({ home, log, supervisorArgv: options.supervisor });
  const router = embeddedRouter({ home, log });
  const store = releaseStore({ root: home.releases, log });
  const outputFolder = join(home.logs, 'jobs');
  const controller = await createController({
    journal,
    platform,
    router,
    runner: createJobRunner({ log, outputFolder }),
    clock,
    log,
    delay: (ms) => delay(ms),
    secrets: previewSecrets(join(home.root, 'preview')),
  });
  const stopPruning = startPruner({
    controller,
    journal,
    store,
    pruneOutputs: (service, before) => pruneOutputs(outputFolder, service, before),
    clock,
    log,
  });
  const ending = new AbortController();
  const app = createApp({
    controller,
    deployer: createDeployer({ controller, store, clock }),
    journal,
    platform,
    router,
    clock,
    log,
    home,
    version: options.version,
    previewHeader: PREVIEW_HEADER,
    specSchema: specJsonSchema,
    ending: ending.signal,
  });
  const server = await serveApi(app, home.apiSocket, await socketGroup(home));
  return async () => {
    ending.abort();
    await server.close();
    stopPruning();
    await controller.close();
    await Promise.all([platform.close(), router.close()]);
    journal.close();
  };
}

/** The group named by TEAL_SOCKET_GROUP, which may use the API and for that pass through the home; null: nobody but the owner. */
async function socketGroup(home: Home): Promise<number | null> {
  const name = process.env.TEAL_SOCKET_GROUP;
  if (!name) return null;
  const group = await resolveGroup(name);
  await chown(home.root, process.getuid!(), group);
  // Added to what is there: users of services pass through it, too.
  await chmod(home.root, (await stat(home.root)).mode | 0o010);
  return group;
}

/** Resolves with the signal that asks for the end; an error that nobody caught ends the process at once. */
function endSignal(log: Logger): Promise<NodeJS.Signals> {
  const die = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected; the daemon ends and is started again');
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
