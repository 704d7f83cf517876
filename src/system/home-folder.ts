import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TealError } from '../core/error.ts';
import type { Home } from './home.ts';

/**
 * Makes the folder of a home (mode 0700), unless it is there, and sees that files can be made in it. Throws
 * E_HOME_UNWRITABLE with the system's reason where a folder above it, its file system or a file in its place does not
 * allow that.
 */
export function makeHomeFolder({ root }: Pick<Home, 'root'>): void {
  try {
    for (const folder of missing(root)) makeFolder(folder);
    // Some file systems (cgroup) have folders made, but no files.
    const probe = join(root, `.probe-${process.pid}-${randomBytes(4).toString('hex')}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A full disk is no reason not to start: whatever runs must be able to go back.
    if (code === 'ENOSPC' || code === 'EDQUOT') return;
    throw new TealError('E_HOME_UNWRITABLE', `Cannot write to TEAL_HOME, ${root}`, {
      // The folder above is there.
      why: code === 'ENOENT' ? `Its file system does not let anything be made there: ${message}` : message,
      fix: 'Make the folder writable for the user that Teal runs as, or set TEAL_HOME to another one.',
      cause: error,
    });
  }
}

/** The folders above `path` and it itself that are not there, the highest first. */
function missing(path: string): string[] {
  return existsSync(path) ? [] : [...missing(dirname(path)), path];
}

/**
 * One level: node's recursive mkdir takes the ENOENT with which some file systems (/proc) refuse for a missing parent,
 * and tries for ever.
 */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
