/** The instance behind the proxies, in a process of its own. `node instance.ts` prints its port. */
import { listenAsInstance } from './instance-server.ts';

console.log(await listenAsInstance());
