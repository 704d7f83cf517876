import { runRouter } from '../../processes/router.ts';
import type { Verb } from '../command.ts';

export const run: Verb['run'] = async ({ home }) => {
  await runRouter(home);
  return 0;
};
