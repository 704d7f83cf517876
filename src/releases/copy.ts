import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TealError } from '../core/error.ts';
import { eachOf } from './concurrency.ts';

/**
 * Copies entries of one folder into another, by reference where the file system can (reflink), with their modes, and
 * symlinks as they are. Rejects with E_SOURCE_CHANGED, E_SOURCE_UNREADABLE,
 * E_DISK_FULL or E_RELEASE_ABORTED.
 */
export async function copyPaths(
  from: string,
  to: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const folders = new Set(paths.map((path) => dirname(path)));
  for (const folder of folders)
    await mkdir(join(to, folder), { recursive: true }).catch(explain(join(to, folder)));
  await eachOf(paths, async (path) => {
    if (signal?.aborted) throw stopped();
    await copyEntry(join(from, path), join(to, path)).catch(explain(join(from, path)));
  });
}

async function copyEntry(from: string, to: string): Promise<void> {
  const before = await lstat(from);
  if (before.isSymbolicLink()) return symlink(await readlink(from), to);
  if (before.isDirectory()) return void (await mkdir(to, { recursive: true }));
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const after = await lstat(from);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
    throw changed(from, 'it was written to');
}

/** Turns a system error about a file into one that a person can act on; lets others through. */
export const explain =
  (path: string) =>
  (error: unknown): never => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw changed(path, 'it vanished');
    if (code === 'EACCES' || code === 'EPERM') {
      throw new TealError('E_SOURCE_UNREADABLE', `Cannot read ${path}`, {
        why: `The daemon's user may not (${code}).`,
        fix: 'Change its permissions, or leave it out with .gitignore.',
        cause: error,
      });
    }
    throw diskFull(error, path) ?? error;
  };

/** E_DISK_FULL where that is what a system error says; else null. */
export function diskFull(error: unknown, path: string): TealError | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return null;
  return new TealError('E_DISK_FULL', 'No space left for a release', {
    why: `${path}: ${code}. What had been copied is removed again.`,
    fix: 'Free some space, or keep fewer releases (`keep-releases`), and deploy again.',
    cause: error,
  });
}

const changed = (path: string, how: string) =>
  new TealError('E_SOURCE_CHANGED', `${path} changed while the release was being made`, {
    why: `${how[0]?.toUpperCase()}${how.slice(1)} between being listed and being copied.`,
    fix: 'Deploy again when nothing writes into the folder.',
  });

const stopped = () => new TealError('E_RELEASE_ABORTED', 'Making the release was stopped', { exitCode: 5 });
