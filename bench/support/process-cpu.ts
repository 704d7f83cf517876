import { readdirSync, readFileSync } from 'node:fs';

/** CPU time, user and system, that a process and those that it has started have used so far, in ms. Linux only. */
export function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const process of familyOf(pid)) {
    const tasks = `/proc/${process}/task`;
    for (const task of readdirSync(tasks)) {
      // The first number is the time on a processor: exact, where /proc/PID/stat counts in hundredths of a second.
      nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ', 1)[0]);
    }
  }
  return nanoseconds / 1e6;
}

/** Memory of a process and those that it has started, in KB. Linux only. */
export const residentOf = (pid: number): number =>
  familyOf(pid)
    .map((process) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'latin1'))![1]))
    .reduce((sum, kilobytes) => sum + kilobytes, 0);

/** The process and its descendants, as far as its first thread has started them. */
function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => familyOf(Number(child))))];
}
