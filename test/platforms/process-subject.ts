import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processPlatform } from '../../src/platforms/process/driver.ts';
import { createLogger } from '../../src/system/log.ts';
import { makeHome, type TemporaryHome } from '../support/temporary-home.ts';
import type { Subject } from './contract.ts';
import { releaseMaker } from './releases.ts';

/** Starts a real supervisor. */
export const SUPERVISOR_ARGV = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(dirname(fileURLToPath(import.meta.url)), 'supervisor-main.ts'),
];

/** The process platform over a home and a supervisor of its own. */
export async function processSubject(): Promise<Subject & { readonly home: TemporaryHome }> {
  const home = await makeHome();
  await mkdir(home.releases);
  const platform = processPlatform({
    home,
    log: createLogger('test', 'fatal'),
    supervisorArgv: SUPERVISOR_ARGV,
  });
  return {
    home,
    platform,
    releases: releaseMaker(home.releases),
    async end() {
      await platform.close();
      await home.remove();
    },
  };
}
