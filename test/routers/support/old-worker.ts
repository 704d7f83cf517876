/** A worker as an older Teal would have it. */
import { serveAsWorker } from '../../../src/routers/embedded/workers/worker.ts';
import { createLogger } from '../../../src/system/log.ts';

serveAsWorker(process, createLogger('router'), '0.0.1');
