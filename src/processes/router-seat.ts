import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../core/error.ts';
import { takeExclusiveLock } from '../system/exclusive-lock.ts';
import type { Home } from '../system/home.ts';
import { type LocalMethods, serveLocal } from '../system/local-rpc.ts';
import type { Logger } from '../system/log.ts';
import { removeOwnerFile, writeOwnerFile } from '../system/owner-file.ts';

/** What only the one router of a home has: the lock, the pid file, the control socket. */
export interface Seat {
  /** Rejects with E_ROUTER_RUNNING where another process has it, after waiting for so many ms. */
  take(patience?: number): Promise<void>;
  /** Opens the control socket. Who connects meanwhile reaches the one before or this one. */
  serve(methods: LocalMethods): Promise<void>;
  /** Lets another process take it. Who is connected is served on. */
  release(): Promise<void>;
  /** Takes it back from a process that has ended, which may have opened its own control socket. */
  reclaim(methods: LocalMethods): Promise<void>;
  /** Resolves when the calls under way have been answered, at the latest after some seconds; who called is reached by the next one then. */
  leave(): Promise<void>;
  /** For ever. */
  close(): Promise<void>;
}

const LEAVES_WITHIN = 5_000;
/** The kernel takes the lock from a process that it ends; ms. */
const TAKEN_WITHIN = 2_000;

export function createSeat(home: Home, log: Logger): Seat {
  const pidFile = join(home.router, 'pid');
  const servers: Server[] = [];
  let letGo: (() => void) | null = null;
  const seat: Seat = {
    async take(patience = 0) {
      letGo = takeExclusiveLock(join(home.router, 'lock'), patience);
      if (letGo === null) {
        const pid = await readFile(pidFile, 'utf8').catch(() => 'unknown'); // it has the lock but has not written yet
        throw new TealError('E_ROUTER_RUNNING', 'Another router serves this TEAL_HOME', {
          why: `Its pid is ${pid.trim()}.`,
          fix: 'Use it as it is, stop it with `teal down --all`, or use another TEAL_HOME.',
        });
      }
      await writeOwnerFile(pidFile, `${process.pid}\n`, (error) =>
        log.error({ err: error, path: pidFile }, 'cannot write down the pid of the router; it goes on'),
      );
    },
    async serve(methods) {
      servers.push(await serveLocal(home.routerSocket, methods));
    },
    async release() {
      letGo?.();
      letGo = null;
    },
    async reclaim(methods) {
      await seat.take(TAKEN_WITHIN);
      await seat.serve(methods);
    },
    async leave() {
      const ended = servers.map((server) => once(server.close(), 'close'));
      await Promise.race([Promise.all(ended), delay(LEAVES_WITHIN, undefined, { ref: false })]);
    },
    async close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      if (letGo === null) return;
      await removeOwnerFile(pidFile);
      letGo();
    },
  };
  return seat;
}
