import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY */
const BUSY = 5;

/**
 * Makes this process the only holder of `path` (created) until it lets go or ends, however it ends; null where another
 * process is, after waiting for `patience` ms. The lock is the kernel's: one that is dropped with its process cannot be
 * left behind, nor stolen by two at once. Node has no `flock`, so it is taken through SQLite. Throws where the file
 * cannot be opened.
 */
export function takeExclusiveLock(path: string, patience = 0): (() => void) | null {
  const database = new DatabaseSync(path, { timeout: patience });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === BUSY) return null;
    throw error;
  }
  return () => database.close();
}
