/**
 * The router process as tests start it: `node launch-router.ts` with TEAL_HOME; without its fast path if TEAL_TEST_FAST_PATH is
 * `off`; with TEAL_TEST_WORKERS workers, by default none. TEAL_TEST_PROGRAM: a worker's program instead of the real one.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runRouter } from '../../../src/processes/router.ts';
import { defaultHome } from '../../../src/system/home.ts';

const program = process.env.TEAL_TEST_PROGRAM;
await runRouter(defaultHome(), {
  fastPath: process.env.TEAL_TEST_FAST_PATH !== 'off',
  workers: Number(process.env.TEAL_TEST_WORKERS ?? 0),
  ...(program === undefined ? {} : { program: join(dirname(fileURLToPath(import.meta.url)), program) }),
});
