// The supervisor as a process of its own, without the command line.
import { runSupervisor } from '../../src/processes/supervisor.ts';
import { defaultHome } from '../../src/system/home.ts';

await runSupervisor(defaultHome());
