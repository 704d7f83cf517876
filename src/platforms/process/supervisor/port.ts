import { createServer } from 'node:net';
import { TealError } from '../../../core/error.ts';

/** Below the ranges that systems take outgoing ports from (32768 on Linux, 49152 on macOS), so that none is lost to one. */
const FIRST = 20_000;
const LAST = 31_999;
const TRIES = 200;

/**
 * A loopback port that nobody listens on: `preferred` if that is still free, else a random one. `taken` are ports
 * promised to others that may not listen yet. Rejects with E_PORT_NONE.
 */
export async function freePort(preferred: number | null, taken: ReadonlySet<number>): Promise<number> {
  if (preferred !== null && !taken.has(preferred) && (await isFree(preferred))) return preferred;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new TealError('E_PORT_NONE', 'No free port for an instance', {
    why: `${TRIES} random ports between ${FIRST} and ${LAST} were all in use.`,
    fix: 'Stop what listens on them.',
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
