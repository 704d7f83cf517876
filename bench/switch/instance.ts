/** One instance in a process of its own: `node instance.ts NAME`. Tells its port, and when asked when the last request came. */
import { monotonic, receiveCrowd } from '../../test/routers/support/crowd.ts';
import { backend } from '../../test/routers/support.ts';

const name = process.argv[2]!;
const instance = await backend(name);
receiveCrowd(instance, name);
let last = 0;
instance.server.prependListener('request', ({ url }) => {
  if (url !== '/healthz') last = monotonic();
});
instance.server.prependListener('upgrade', () => {
  last = monotonic();
});
process.on('message', () => process.send!({ last }));
process.on('disconnect', () => process.exit(0));
process.send!({ port: instance.port });
