import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { waitFor } from './wait-for.ts';

/**
 * Pids of every process that belongs to a folder: that runs in it, names it in its command line, or has it as
 * TEAL_HOME. Never this process.
 */
export async function processesOf(folder: string): Promise<number[]> {
  const found = process.platform === 'linux' ? await fromProc(folder) : await fromPs(folder);
  return found.filter((pid) => pid !== process.pid);
}

/** Kills every process of a folder, and what they start meanwhile, and waits until none is left. */
export async function killProcessesOf(folder: string): Promise<void> {
  await waitFor(
    async () => {
      const pids = await processesOf(folder);
      for (const pid of pids) kill(pid);
      return pids.length === 0;
    },
    { what: `the processes of ${folder} to be gone` },
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function fromProc(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const owned = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [cwd, command, environment, stat] = await Promise.all([
          readlink(`/proc/${pid}/cwd`),
          readFile(`/proc/${pid}/cmdline`, 'utf8'),
          readFile(`/proc/${pid}/environ`, 'utf8'),
          readFile(`/proc/${pid}/stat`, 'utf8'),
        ]);
        const zombie = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z';
        const within = cwd === folder || cwd.startsWith(`${folder}/`);
        const home = environment.split('\0').includes(`TEAL_HOME=${folder}`);
        return !zombie && (within || command.includes(folder) || home);
      } catch {
        return false; // gone meanwhile, or another user's
      }
    }),
  );
  return pids.filter((_, index) => owned[index]).map(Number);
}

async function fromPs(folder: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axwwE', '-o', 'pid=,stat=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number.parseInt(line, 10));
}
