import { runRouter } from '../../processes/router.ts';
import type { Verb } from '../commands/command.ts';

export const run: Verb['run'] = async ({ home }) => {
  await runRouter(home);
  return 0;
};
