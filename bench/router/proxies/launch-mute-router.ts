/** Serves the routings in its argument, a list in JSON, and counts nothing of it. Says when it does. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { listenOn } from '../../../src/routers/embedded/listen/listen-on.ts';
import { ownTurnstiles } from '../../../src/routers/embedded/listen/turnstile.ts';
import { createServing } from '../../../src/routers/embedded/serving.ts';
import { parseRouting } from '../../../src/routers/embedded/table/routing-schema.ts';
import { LIMITS } from '../../../src/routers/embedded/visit/limits.ts';
import { createLogger } from '../../../src/system/log.ts';

const tables = JSON.parse(process.argv[2]!) as unknown[];
const serving = createServing(createLogger('bench', 'warn'), {
  limits: LIMITS,
  fastPath: true,
  reloadEvery: 5_000,
  accessFolder: tmpdir(),
  acmeFolder: tmpdir(),
  key: randomBytes(32),
  recorder: { arm: () => null, arms: () => ({ all: [], last: [] }), forget: () => undefined },
  watchHealth: () => (endpoint) => {
    endpoint.report('ok');
    return () => undefined;
  },
  openSocket: listenOn,
  turnstiles: ownTurnstiles(),
});
await serving.lead(...tables.map((table) => ({ routing: parseRouting(table), fellBackAt: null })));
console.log('serving');
