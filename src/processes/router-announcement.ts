import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../core/error.ts';
import { supervisorClient } from '../platforms/process/supervisor/client.ts';
import { ownProgram } from '../platforms/process/supervisor/ensure.ts';
import { MARK } from '../platforms/process/supervisor/environment.ts';
import type { Home } from '../system/home.ts';
import type { Logger } from '../system/log.ts';
import { type ProcessIdentity, processStarted } from '../system/process/process-identity.ts';

/** Until the supervisor, which may just be starting, is asked again; ms. */
const AGAIN = 200;

/**
 * Tells the supervisor that the router is this process now, and no longer `before`; resolves when it has written that down, at once where
 * none started it. False: nobody wants a router any more.
 */
export async function announceRouter(
  home: Home,
  command: readonly string[],
  before: ProcessIdentity,
  log: Logger,
): Promise<boolean> {
  if (process.env[MARK] !== 'router') return true;
  const self = { pid: process.pid, started: (await processStarted(process.pid))! };
  const client = supervisorClient(home);
  let said = '';
  try {
    for (;;) {
      try {
        return await client.adopt(ownProgram(home, 'router', command), self, before);
      } catch (error) {
        if (!(error instanceof TealError)) throw error;
        // Where the supervisor is of a Teal that knows of no upgrades, it is told for ever.
        if (error.message !== said)
          log.warn({ err: error }, 'the supervisor does not know this router yet; it is told again');
        said = error.message;
      }
      await delay(AGAIN);
    }
  } finally {
    client.close();
  }
}
