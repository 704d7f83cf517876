import { mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TealError } from '../core/error.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../routers/embedded/router.ts';
import { writeFileAtomic } from '../system/atomic-file.ts';
import type { Home } from '../system/home.ts';
import { type LocalMethods, serveLocal } from '../system/local-rpc.ts';
import { createLogger } from '../system/log.ts';
import { isRunning, type ProcessIdentity, processStarted } from '../system/process-identity.ts';

/** How long requests in flight may go on once the router was asked to end. */
const STOP_WITHIN = 30_000;

/**
 * `teal router`: the data plane. Serves with the table it has until SIGTERM or SIGINT, then takes nothing new, lets
 * what is in flight end, and ends the process. Rejects with E_ROUTER_RUNNING where another process serves this home.
 */
export async function runRouter(home: Home): Promise<void> {
  const log = createLogger('router');
  await mkdir(home.router, { recursive: true, mode: 0o700 });
  const release = await claim(join(home.router, 'pid'));
  const ended = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const router = await startEmbeddedRouter(home.router, log);
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
    status: () => ({ pid: process.pid, startedAt, services: router.services() }),
  };
}

/** Makes this process the one router of its home; returns what gives that up. */
async function claim(path: string): Promise<() => Promise<void>> {
  const other = await readOwner(path);
  if (other !== null && other.pid !== process.pid && (await isRunning(other))) {
    throw new TealError('E_ROUTER_RUNNING', 'Another router serves this TEAL_HOME', {
      why: `${path} names process ${other.pid}, which runs.`,
      fix: `Stop process ${other.pid}, or use another TEAL_HOME.`,
    });
  }
  const me: ProcessIdentity = { pid: process.pid, started: (await processStarted(process.pid)) ?? '' };
  await writeFileAtomic(path, JSON.stringify(me));
  return () => unlink(path);
}

async function readOwner(path: string): Promise<ProcessIdentity | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<ProcessIdentity>;
    return typeof value.pid === 'number' && typeof value.started === 'string'
      ? { pid: value.pid, started: value.started }
      : null;
  } catch (error) {
    // No owner, or half a name of one: nobody who could still be running wrote that.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
