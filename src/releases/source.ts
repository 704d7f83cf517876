import { lstat, readdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { gitFiles, isGitFolder } from './git.ts';

/**
 * What of a folder belongs in a release, as paths relative to it: with git the files it tracks and untracked ones that it
 * does not ignore, without git everything but `.git`; never what is below `exclude` (Teal's own files). Symlinks are
 * entries of their own and not followed. Folders are listed only where they are empty. A sub-module or a repository
 * within gives its own files.
 */
export async function sourcePaths(folder: string, exclude: string): Promise<string[]> {
  const paths = (await isGitFolder(folder)) ? await gitPaths(folder) : await plainPaths(folder, '');
  // A folder that git ignores as a whole was named on purpose.
  const found = paths.length === 0 ? await plainPaths(folder, '') : paths;
  // Of a folder that is itself among Teal's files nothing would be left; that was named on purpose too.
  const own = relative(exclude, folder) !== '' && isBelow(folder, exclude);
  return (own ? found : found.filter((path) => !isBelow(resolve(folder, path), exclude))).sort();
}

/** Everything in a folder that a release can hold, whatever git thinks of it. */
export const allPaths = async (folder: string): Promise<string[]> => (await plainPaths(folder, '')).sort();

async function gitPaths(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const path of await gitFiles(folder)) {
    const entry = path.replace(/\/$/, '');
    const inner = join(folder, entry);
    const stat = await lstat(inner).catch(() => null); // gone since it was listed: copying says so
    if (!stat?.isDirectory()) {
      paths.push(entry);
      continue;
    }
    // An own `.git` makes it a repository; else git would list the outer one's files again.
    const own = (await readdir(inner)).includes('.git');
    const within = own ? await gitPaths(inner) : await plainPaths(inner, '');
    paths.push(...(within.length === 0 ? [entry] : within.map((one) => join(entry, one))));
  }
  return paths;
}

async function plainPaths(root: string, below: string): Promise<string[]> {
  const paths: string[] = [];
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries) {
    const path = join(below, entry.name);
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) {
      const within = await plainPaths(root, path);
      paths.push(...(within.length === 0 ? [path] : within));
    } else if (entry.isFile() || entry.isSymbolicLink()) {
      paths.push(path);
    } // sockets, pipes and devices are not content
  }
  return paths;
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith('/'));
}
