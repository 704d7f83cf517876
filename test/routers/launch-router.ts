/** The router process as tests start it: `node launch-router.ts` with TEAL_HOME. */
import { runRouter } from '../../src/processes/router.ts';
import { defaultHome } from '../../src/system/home.ts';

await runRouter(defaultHome());
