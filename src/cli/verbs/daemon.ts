import { runDaemon } from '../../processes/daemon.ts';
import { packageVersion } from '../../system/package-version.ts';
import type { Verb } from '../commands/command.ts';
import { PROGRAMS } from '../programs.ts';

export const run: Verb['run'] = async ({ home }) => {
  await runDaemon(home, {
    version: packageVersion(),
    supervisor: PROGRAMS.supervisor,
    router: PROGRAMS.router,
  });
  return 0;
};
