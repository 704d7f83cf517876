// Holds the lock of the home that it is given until it is killed.
import { lockHome } from '../../../src/daemon/home-lock.ts';
import { homeAt } from '../../../src/system/home.ts';
import { createLogger } from '../../../src/system/log.ts';

await lockHome(homeAt(process.argv[2]!), createLogger('test', 'silent'));
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
