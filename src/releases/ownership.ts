import { chmod, lchown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemUser } from '../system/users/user.ts';
import { eachOf } from './concurrency.ts';

/**
 * Gives a release to the user that its build and instances run as, where that is another one than Teal's own. They may
 * write into their folder; what they write is theirs alone and never changes another release.
 */
export async function giveTo(user: SystemUser, folder: string): Promise<void> {
  const { uid, gid } = user.switchTo;
  if (uid === undefined || gid === undefined) return;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await eachOf(['', ...entries.map((entry) => join(entry.parentPath, entry.name))], (path) =>
    lchown(path === '' ? folder : path, uid, gid),
  );
}

/** Lets others pass through folders (not list them), so that a user can reach a release below. */
export async function letPass(user: SystemUser, folders: readonly string[]): Promise<void> {
  if (user.switchTo.uid === undefined) return;
  for (const folder of folders) await chmod(folder, (await stat(folder)).mode | 0o011);
}
