import { mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TealError } from '../core/error.ts';
import { type EmbeddedRouter, type RouterOptions, startEmbeddedRouter } from '../routers/embedded/router.ts';
import { writeFileAtomic } from '../system/atomic-file.ts';
import { takeExclusiveLock } from '../system/exclusive-lock.ts';
import type { Home } from '../system/home.ts';
import { type LocalMethods, serveLocal } from '../system/local-rpc.ts';
import { createLogger } from '../system/log.ts';

/** How long requests in flight may go on once the router was asked to end. */
const STOP_WITHIN = 30_000;

/**
 * `teal router`: the data plane. Serves with the table it has until SIGTERM or SIGINT, then takes nothing new, lets
 * what is in flight end, and ends the process. Rejects with E_ROUTER_RUNNING where another process serves this home.
 */
export async function runRouter(home: Home, options: RouterOptions = {}): Promise<void> {
  const log = createLogger('router');
  await mkdir(home.router, { recursive: true, mode: 0o700 });
  const release = await claim(home);
  const ended = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const router = await startEmbeddedRouter(home.router, log, options);
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

function methodsOf(router: EmbeddedRouter, startedAt: number): LocalMethods {
  return {
    apply: (routing: unknown) => router.apply(routing),
    remove: ({ service }: { service: string }) => router.remove(service),
    observe: ({ service }: { service: string }) => router.observe(service),
    traffic: ({ since }: { since: number }) => router.traffic(since),
    acknowledge: ({ upTo }: { upTo: number }) => router.acknowledge(upTo),
    heartbeat: () => router.heartbeat(),
    metrics: () => router.metrics(),
    status: () => ({ pid: process.pid, startedAt, services: router.services() }),
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
