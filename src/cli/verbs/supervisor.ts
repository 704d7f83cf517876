import { runSupervisor } from '../../processes/supervisor.ts';
import type { Verb } from '../commands/command.ts';
import { PROGRAMS } from '../programs.ts';

export const run: Verb['run'] = async ({ options, home }) => {
  await runSupervisor(home, options.alone ? {} : { daemon: PROGRAMS.daemon, router: PROGRAMS.router });
  return 0;
};
