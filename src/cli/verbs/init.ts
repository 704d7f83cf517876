import type { Verb } from '../command.ts';
import { initProject } from '../init/index.ts';

export const run: Verb['run'] = async ({ positionals, output }) => {
  await initProject(positionals[0] ?? '.');
  output.line('x');
  return 0;
};
