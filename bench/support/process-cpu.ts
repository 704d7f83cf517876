import { readFileSync } from 'node:fs';

/** The kernel counts CPU time in hundredths of a second (USER_HZ), whatever its own tick is. */
const TICK_MS = 10;

/** CPU time, user and system, that a process has used so far, in ms. Linux only. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
