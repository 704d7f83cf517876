import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process for certain: a pid alone may have been given to another process since. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque start time: clock ticks since boot on Linux, `ps` lstart elsewhere. */
  readonly started: string;
}

/** The start time of a running process; null where there is none (a zombie counts as none). */
export async function processStarted(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    let stat: string;
    try {
      stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    } catch {
      return null; // no such process: the only thing this file's absence can mean
    }
    // The second field is the command in parentheses and may hold anything; fields count from after the last ')'.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=,stat=', '-p', String(pid)]);
    const line = stdout.trim();
    return line === '' || /\sZ\S*$/.test(line) ? null : line.replace(/\s\S+$/, '');
  } catch {
    return null; // ps exits with 1 where there is no such process
  }
}

/** Whether that very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await processStarted(identity.pid)) === identity.started;
}
