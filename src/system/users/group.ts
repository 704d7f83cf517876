import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { TealError } from '../../core/error.ts';

/** The id of a system group, by name or by number. Rejects with E_GROUP_UNKNOWN. */
export async function resolveGroup(name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const gid = /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) ? await lookUp(name) : null;
  if (gid !== null) return gid;
  throw new TealError('E_GROUP_UNKNOWN', `There is no group "${name}" on this machine`, {
    fix: 'Create the group (groupadd), or correct TEAL_SOCKET_GROUP.',
    exitCode: 2,
  });
}

/** By the machine's own directory, as for users. */
async function lookUp(name: string): Promise<number | null> {
  if (process.platform === 'darwin') {
    const { stdout } = await run('dscacheutil', ['-q', 'group', '-a', 'name', name]);
    const gid = /^gid: (\d+)$/m.exec(stdout)?.[1];
    return gid === undefined ? null : Number(gid);
  }
  for (const line of (await groupLines(name)).split('\n')) {
    const [group, , gid] = line.split(':');
    if (group === name) return Number(gid);
  }
  return null;
}

async function groupLines(name: string): Promise<string> {
  try {
    return (await run('getent', ['group', name])).stdout;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 2) return ''; // getent's answer for "not found"
    if (code === 'ENOENT') return readFile('/etc/group', 'utf8'); // small systems have no getent
    throw error;
  }
}

const run = promisify(execFile);
