/** The program of one worker of `teal router`, started by it alone. */
import { serveAsWorker } from '../routers/embedded/workers/worker.ts';
import { createLogger } from '../system/log.ts';
import { packageVersion } from '../system/package-version.ts';

// A terminal and a supervisor signal the whole group; when a worker ends, its parent decides.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined);
serveAsWorker(process, createLogger('router'), packageVersion());
