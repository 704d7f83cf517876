// The supervisor as a process of its own, without the command line.
import { TealError } from '../../src/core/error.ts';
import { runSupervisor } from '../../src/processes/supervisor.ts';
import { defaultHome } from '../../src/system/home.ts';

try {
  await runSupervisor(defaultHome());
} catch (error) {
  if (!(error instanceof TealError)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.why}`);
  process.exitCode = 1;
}
