/**
 * The router process as tests start it: `node launch-router.ts` with TEAL_HOME; without its fast path if TEAL_TEST_FAST_PATH is
 * `off`; with TEAL_TEST_WORKERS workers, by default none.
 */
import { runRouter } from '../../src/processes/router.ts';
import { defaultHome } from '../../src/system/home.ts';

await runRouter(defaultHome(), {
  fastPath: process.env.TEAL_TEST_FAST_PATH !== 'off',
  workers: Number(process.env.TEAL_TEST_WORKERS ?? 0),
});
