import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeHome, type TemporaryHome } from './make-home.ts';

/** Whether tests that need a full disk are to be skipped: this user may not mount one. */
export function isWithoutMount(): boolean {
  if (process.platform !== 'linux') return true;
  const folder = mkdtempSync(join(tmpdir(), 'teal-mount-'));
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status !== 0) return true;
    execFileSync('umount', [folder]);
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** A TEAL_HOME on a file system of its own of so many MB, in memory. */
export async function makeSmallHome(megabytes: number): Promise<TemporaryHome> {
  const home = await makeHome();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', home.root]);
  return {
    ...home,
    async remove() {
      // Lazily: whoever has just ended may not be gone yet.
      execFileSync('umount', ['--lazy', home.root]);
      await home.remove();
    },
  };
}
