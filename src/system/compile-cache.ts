import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * `environment` for a child that runs files of Teal's own without its bin: it takes from the folder in which this process finds them
 * compiled, and adds to it. Unchanged where this process has no such folder. Not for what users run: they would write there.
 */
export function withCompileCache(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  // Below the folder that is asked for Node makes one for each of its versions and users.
  return folder === undefined ? environment : { ...environment, NODE_COMPILE_CACHE: dirname(folder) };
}
