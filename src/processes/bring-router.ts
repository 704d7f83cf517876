import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../core/error.ts';
import { type SupervisorClient, supervisorClient } from '../platforms/process/supervisor/client.ts';
import { ownProgram } from '../platforms/process/supervisor/ensure.ts';
import { type Program, sameProgram } from '../platforms/process/supervisor/program.ts';
import type { Home } from '../system/home.ts';
import { localClient } from '../system/local-rpc.ts';
import { routerStatus } from './router-status.ts';

/** What became of the router. `versions`: from which to which it was upgraded. */
export type Brought =
  | { readonly kind: 'ensured' }
  | { readonly kind: 'upgraded'; readonly from: string; readonly pid: number };

/** The new one starts its workers first; ms. */
const UPGRADES_WITHIN = 120_000;
/** For the supervisor to be told of a router that has taken over; ms. */
const KNOWN_WITHIN = 5_000;
const AGAIN = 50;

/**
 * Makes sure that the supervisor keeps a router of `version` running, with `argv`. One of another version, or started in another
 * way, hands over to it, which users do not notice. Rejects with E_ROUTER_UPGRADE or E_ROUTER_ALONE where it cannot; then it goes on as it is.
 */
export async function bringRouter(home: Home, argv: readonly string[], version: string): Promise<Brought> {
  const client = supervisorClient(home);
  const program = ownProgram(home, 'router', argv);
  try {
    const running = await routerStatus(home);
    const supervised = running && (await supervisedAs(client, running.pid));
    if (running === null || supervised === null) await client.ensure(program);
    else if (running.version === undefined) throw tooOld(running.pid, version);
    else if (running.version !== version || !sameProgram(supervised, program)) {
      const pid = await upgrade(home, argv);
      await supervisedAs(client, pid);
      return { kind: 'upgraded', from: running.version, pid };
    }
    return { kind: 'ensured' };
  } finally {
    client.close();
  }
}

/** The router's program as the supervisor knows it, once that runs as this process; null: it runs as another, or not at all. */
async function supervisedAs(client: SupervisorClient, pid: number): Promise<Program | null> {
  const until = performance.now() + KNOWN_WITHIN;
  for (;;) {
    const { programs } = await client.list();
    const router = programs.find(({ program }) => program.id === 'router');
    if (router === undefined || performance.now() > until) return null;
    if (router.pid === pid) return router.program;
    // It may have taken over just now: then it is about to tell.
    await delay(AGAIN);
  }
}

async function upgrade(home: Home, command: readonly string[]): Promise<number> {
  const client = localClient(home.routerSocket, 'the router');
  try {
    return (await client.call<{ readonly pid: number }>('upgrade', { command }, UPGRADES_WITHIN)).pid;
  } finally {
    client.close();
  }
}

const tooOld = (pid: number, version: string): TealError =>
  new TealError(
    'E_ROUTER_UPGRADE',
    'The router that runs cannot be upgraded while it serves, and goes on as it was',
    {
      why: `Its process ${pid} is of a Teal that knew of no upgrade yet; this is ${version}.`,
      fix: 'When a gap of some seconds is bearable, start everything anew: teal down --all, then teal up.',
    },
  );
