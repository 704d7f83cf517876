import { mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TealError } from '../core/error.ts';
import { type EmbeddedRouter, type RouterOptions, startEmbeddedRouter } from '../routers/embedded/router.ts';
import { type CrewedRouter, startCrewedRouter } from '../routers/embedded/workers/router.ts';
import { writeFileAtomic } from '../system/atomic-file.ts';
import { takeExclusiveLock } from '../system/exclusive-lock.ts';
import type { Home } from '../system/home.ts';
import { makeHomeFolder } from '../system/home-folder.ts';
import { type LocalMethods, serveLocal } from '../system/local-rpc.ts';
import { createLogger, type Logger } from '../system/log.ts';
import { workerCount } from './worker-count.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER = fileURLToPath(new URL(`./router-worker.${extension}`, import.meta.url));

/** How long requests in flight may go on once the router was asked to end. */
const STOP_WITHIN = 30_000;
/** How long a worker that was replaced goes on with tunnels, streams and idle connections. */
const DRAIN_WITHIN = 300_000;

export interface RouterProcessOptions extends RouterOptions {
  /** 0: this process serves requests itself. Default: see {@link workerCount}. */
  readonly workers?: number;
}

type RunningRouter = EmbeddedRouter | CrewedRouter;

/**
 * `teal router`: the data plane. Serves with the table it has until SIGTERM or SIGINT, then takes nothing new, lets
 * what is in flight end, and ends the process; SIGHUP replaces its workers one by one. Rejects with E_ROUTER_RUNNING where
 * another process serves this home, with E_ROUTER_WORKERS and with E_HOME_UNWRITABLE.
 */
export async function runRouter(home: Home, given: RouterProcessOptions = {}): Promise<void> {
  const { workers = workerCount(process.env), ...options } = given;
  const log = createLogger('router');
  makeHomeFolder(home);
  await mkdir(home.router, { recursive: true, mode: 0o700 });
  const release = await claim(home);
  const ended = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const router = await (workers === 0
    ? startEmbeddedRouter(home.router, log, options)
    : startCrewedRouter(home.router, log, { ...options, workers, program: WORKER }));
  process.on('SIGHUP', () => {
    restart(router, log).catch((error: unknown) =>
      log.error({ err: error }, 'the workers were not replaced'),
    );
  });
  const control = await serveLocal(home.routerSocket, methodsOf(router, Date.now()));
  const signal = await ended;
  log.info({ signal }, 'the router ends');
  await router.close(STOP_WITHIN);
  control.close();
  control.closeAllConnections();
  await release();
  // Tunnels and answers that have outlived the time would keep the process for as long as their clients like.
  process.exit(0);
}

async function restart(router: RunningRouter, log: Logger): Promise<void> {
  if (!('restart' in router)) return log.warn('a router without workers has nothing to replace');
  log.info('the workers are replaced one by one');
  await router.restart(DRAIN_WITHIN);
}

function methodsOf(router: RunningRouter, startedAt: number): LocalMethods {
  return {
    apply: (routing: unknown) => router.apply(routing),
    remove: ({ service }: { service: string }) => router.remove(service),
    observe: ({ service }: { service: string }) => router.observe(service),
    traffic: ({ since }: { since: number }) => router.traffic(since),
    acknowledge: ({ upTo }: { upTo: number }) => router.acknowledge(upTo),
    heartbeat: () => router.heartbeat(),
    metrics: () => router.metrics(),
    status: () => ({
      pid: process.pid,
      startedAt,
      services: router.services(),
      workers: 'workers' in router ? router.workers() : [],
    }),
  };
}

/** Makes this process the one router of its home; returns what gives that up. */
async function claim(home: Home): Promise<() => Promise<void>> {
  const pidFile = join(home.router, 'pid');
  const letGo = takeExclusiveLock(join(home.router, 'lock'));
  if (letGo === null) {
    const pid = await readFile(pidFile, 'utf8').catch(() => 'unknown'); // it has the lock but has not written yet
    throw new TealError('E_ROUTER_RUNNING', 'Another router serves this TEAL_HOME', {
      why: `Its pid is ${pid.trim()}.`,
      fix: 'Use it as it is, stop it with `teal down --all`, or use another TEAL_HOME.',
    });
  }
  await writeFileAtomic(pidFile, `${process.pid}\n`);
  return async () => {
    await unlink(pidFile);
    letGo();
  };
}
