import type { BackgroundPrograms } from '../processes/background.ts';
import { ownArgv } from './own-argv.ts';

/** Command lines of Teal's own processes. */
export const PROGRAMS: BackgroundPrograms = {
  supervisor: ownArgv('supervisor', '--alone'),
  daemon: ownArgv('daemon'),
  router: ownArgv('router'),
};
