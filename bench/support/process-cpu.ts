import { readdirSync, readFileSync } from 'node:fs';

/** CPU time, user and system, that the threads of a process have used so far, in ms. Linux only. */
export function cpuOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let nanoseconds = 0;
  for (const task of readdirSync(tasks)) {
    // The first number is the time on a processor: exact, where /proc/PID/stat counts in hundredths of a second.
    nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ', 1)[0]);
  }
  return nanoseconds / 1e6;
}
