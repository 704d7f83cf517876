import { readdir, readFile } from 'node:fs/promises';
import { stopGroup } from '../../../system/process/process-group.ts';
import { processStarted } from '../../../system/process/process-identity.ts';
import { MARK } from './environment.ts';
import type { Program } from './program.ts';

/**
 * Ends what a program left in its group when it died while nobody watched. Meanwhile the number may have gone to a
 * stranger's group, so only a group with our mark in its environment is touched (Linux; elsewhere that cannot be
 * read, and nothing is). `within`: ms until SIGKILL. False where something hangs in the kernel.
 */
export async function stopOrphans(program: Program, group: number, within: number): Promise<boolean> {
  if ((await processStarted(group)) !== null) return true; // a stranger has the pid, so our group is gone
  if (!(await isMarked(group, program.id))) return true;
  return stopGroup(group, within, program.stop.signal);
}

async function isMarked(group: number, id: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) !== group) continue;
      if ((await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').includes(`${MARK}=${id}`)) return true;
    } catch {
      // Ended meanwhile, or not ours to read: not one that we started.
    }
  }
  return false;
}
