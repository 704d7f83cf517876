import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** How often a stopping group is looked at: nothing tells a process that its grandchildren are gone. */
const LOOK_EVERY = 20;
/** A killed process that is still there after this hangs in the kernel; nobody can do more about it. */
const KILLED_WITHIN = 5_000;

/**
 * Stops every process of a group: `signal`, and SIGKILL after `grace` ms for those that are still there. Resolves
 * when none is left: true; or false where some hang in the kernel. A group that is gone already is no error.
 */
export async function stopGroup(
  group: number,
  grace: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<boolean> {
  if (!signalGroup(group, signal) || (await goneWithin(group, grace))) return true;
  signalGroup(group, 'SIGKILL');
  return goneWithin(group, KILLED_WITHIN);
}

/** Sends a signal to every process of a group; false where there is none. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // macOS answers EPERM for a group of which only zombies are left.
    if (code === 'ESRCH' || (code === 'EPERM' && process.platform === 'darwin')) return false;
    throw error;
  }
}

/** Whether any process of the group runs; zombies do not, as they may stay where PID 1 does not reap. */
export async function groupRuns(group: number): Promise<boolean> {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  return process.platform === 'linux' ? runsOnLinux(group) : runsByPs(group);
}

async function goneWithin(group: number, within: number): Promise<boolean> {
  const until = performance.now() + within;
  while (await groupRuns(group)) {
    if (performance.now() >= until) return false;
    await delay(LOOK_EVERY);
  }
  return true;
}

async function runsOnLinux(group: number): Promise<boolean> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => null); // ended meanwhile
    if (stat === null) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) === group && fields[0] !== 'Z' && fields[0] !== 'X') return true;
  }
  return false;
}

async function runsByPs(group: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pgid=,stat=']);
  return stdout.split('\n').some((line) => {
    const [pgid, stat] = line.trim().split(/\s+/);
    return Number(pgid) === group && !stat?.startsWith('Z');
  });
}
