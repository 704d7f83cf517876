import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { takeOver } from '../routers/embedded/handover/heir.ts';
import { type Heirship, readHeirship } from '../routers/embedded/handover/protocol.ts';
import { type RouterOptions, startEmbeddedRouter } from '../routers/embedded/router.ts';
import { type CrewedRouterOptions, startCrewedRouter } from '../routers/embedded/workers/router.ts';
import type { Home } from '../system/home.ts';
import { makeHomeFolder } from '../system/home-folder.ts';
import type { LocalMethods } from '../system/local-rpc.ts';
import { createLogger, type Logger } from '../system/log.ts';
import { packageVersion } from '../system/package-version.ts';
import { processStarted } from '../system/process/process-identity.ts';
import { announceRouter } from './router-announcement.ts';
import { methodsOf, type RunningRouter } from './router-control.ts';
import { createSeat, type Seat } from './router-seat.ts';
import { createUpgrader, type Upgrader } from './router-upgrade.ts';
import { workerCount } from './worker-count.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER = fileURLToPath(new URL(`./router-worker.${extension}`, import.meta.url));

/** How long requests in flight may go on once the router was asked to end. */
const STOP_WITHIN = 30_000;
/** How long a worker that was replaced goes on with tunnels, streams and idle connections. */
const DRAIN_WITHIN = 300_000;
/** Whoever was started beside this router has the lock until it notices that it is not wanted; ms. */
const PATIENCE = 1_000;

export interface RouterProcessOptions extends RouterOptions {
  /** 0: this process serves requests itself. Default: see {@link workerCount}. */
  readonly workers?: number;
  /** Program of a worker. */
  readonly program?: string;
}

/**
 * `teal router`: the data plane. Serves with the table it has until SIGTERM or SIGINT, then takes nothing new, lets
 * what is in flight end, and ends the process. SIGHUP replaces its workers one by one, SIGUSR2 the router itself. Started by a router
 * it takes over from that one. Rejects with E_ROUTER_RUNNING where another process serves this home, with E_ROUTER_WORKERS and
 * with E_HOME_UNWRITABLE.
 */
export async function runRouter(home: Home, given: RouterProcessOptions = {}): Promise<void> {
  const { workers = workerCount(process.env), program = WORKER, ...options } = given;
  const log = createLogger('router');
  const version = packageVersion();
  const startedAt = Date.now();
  const heirship = readHeirship(process.env);
  const serves = Promise.withResolvers<RunningRouter>();
  // From the beginning: the pid is in its file before the router serves, and these signals would end it.
  process
    .on('SIGUSR2', () => void serves.promise.then(() => upgrade()))
    .on('SIGHUP', () => void serves.promise.then((router) => restart(router, log)));
  const seat = createSeat(home, log);
  makeHomeFolder(home);
  await mkdir(home.router, { recursive: true, mode: 0o700 });
  if (heirship === null) await seat.take();
  const ended = endSignal();
  let upgrader: Upgrader | null = null;
  const serve = async (router: RunningRouter): Promise<LocalMethods> => {
    upgrader = createUpgrader(router, seat, methodsOf(router, version, startedAt));
    await seat.serve(upgrader.methods);
    return upgrader.methods;
  };
  /** To what the files are now. */
  const upgrade = () => {
    upgrader
      ?.upgrade(heirship?.command ?? ownCommand())
      .catch((error: unknown) => log.error({ err: error }, 'the router was not upgraded'));
  };
  const crewed = { ...options, workers, program, version, onOutdated: upgrade };

  let router: RunningRouter;
  if (heirship !== null) router = await inherit(home, seat, heirship, crewed, log, { ended, serve });
  else {
    router = await (workers === 0
      ? startEmbeddedRouter(home.router, log, options)
      : startCrewedRouter(home.router, log, crewed));
    await serve(router);
  }
  serves.resolve(router);
  log.info({ signal: await ended }, 'the router ends');
  const handover = upgrader!.handover();
  if (handover !== null) return handover.end();
  await router.close(STOP_WITHIN);
  await seat.close();
  // Tunnels and answers that have outlived the time would keep the process for as long as their clients like.
  process.exit(0);
}

interface InheritingProcess {
  readonly ended: Promise<unknown>;
  serve(router: RunningRouter): Promise<LocalMethods>;
}

/** Resolves when this process is the router after the one that started it. */
async function inherit(
  home: Home,
  seat: Seat,
  { generation, command }: Heirship,
  options: CrewedRouterOptions,
  log: Logger,
  { ended, serve }: InheritingProcess,
): Promise<RunningRouter> {
  if (options.workers === 0) throw new Error('a router without workers cannot take over from another one');
  const before = { pid: process.ppid, started: (await processStarted(process.ppid)) ?? '' };
  let serves = false;
  ended.then(() => {
    if (!serves) process.exit(1);
  });
  const stop = () => process.kill(process.pid, 'SIGTERM');
  return takeOver(process, home.router, log, generation, options, {
    claim: () => seat.take(PATIENCE),
    serve(router) {
      serves = true;
      return serve(router);
    },
    async announce() {
      if (await announceRouter(home, command, before, log)) return;
      log.warn('nobody wants a router any more');
      stop();
    },
    end: stop,
  });
}

function restart(router: RunningRouter, log: Logger): void {
  if (!('restart' in router)) {
    log.warn('a router without workers has nothing to replace');
    return;
  }
  log.info('the workers are replaced one by one');
  router
    .restart(DRAIN_WITHIN)
    .catch((error: unknown) => log.error({ err: error }, 'the workers were not replaced'));
}

function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

const ownCommand = (): readonly string[] => [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
