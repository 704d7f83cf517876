import { availableParallelism } from 'node:os';
import { TealError } from '../core/error.ts';

/** A worker serves tens of thousands of requests a second; instances on the same machine want cores as well. */
const USUAL_MOST = 4;
const MOST = 64;

/**
 * How many processes serve requests: TEAL_ROUTER_WORKERS, else one for each core, at most 4. 0: the router's own process
 * serves, which saves some 50 MB and cannot be restarted without a gap. Throws E_ROUTER_WORKERS.
 */
export function workerCount(environ: NodeJS.ProcessEnv): number {
  const given = environ.TEAL_ROUTER_WORKERS;
  if (given === undefined || given === '') return Math.min(USUAL_MOST, availableParallelism());
  const count = Number(given);
  if (Number.isInteger(count) && count >= 0 && count <= MOST) return count;
  throw new TealError('E_ROUTER_WORKERS', 'TEAL_ROUTER_WORKERS is no number of workers', {
    why: `It is "${given}".`,
    fix: `Set it to a whole number from 0 to ${MOST}, or leave it out for one worker a core.`,
    exitCode: 2,
  });
}
