import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rmdir, statfs, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Home, socketPathExcess } from '../../system/home.ts';
import { type Finding, finding, ok } from './finding.ts';

/** Less free space than this is worth a word, and less than the other stops releases. */
const LITTLE = 1024 ** 3;
const TOO_LITTLE = 50 * 1024 ** 2;

/** Magic numbers of Linux' statfs(2) for file systems on which SQLite's locks or sockets do not work. */
const NETWORK_FILE_SYSTEMS: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
};

export function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? ok('Node.js', `${process.version}, ${process.execPath}`)
    : finding('broken', 'Node.js', process.version, 'Install Node.js 24 or newer.');
}

export async function homeFolder(home: Home): Promise<Finding[]> {
  const folder = existing(home.root);
  try {
    const probe = join(folder, `.teal-doctor-${process.pid}-${randomBytes(4).toString('hex')}`);
    if (folder === home.root) {
      await writeFile(probe, '');
      await unlink(probe);
    } else {
      // Not made yet: teal up will. Only trying tells whether the file system lets it.
      await mkdir(probe);
      await rmdir(probe);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const repair = 'Make it writable for this user, or let TEAL_HOME name another folder.';
    return [finding('broken', 'TEAL_HOME', `${home.root}: ${why}`, repair)];
  }
  const made = folder === home.root ? '' : ' (not made yet)';
  const backup = 'copy TEAL_HOME between teal down and teal up; users notice nothing';
  return [ok('TEAL_HOME', home.root + made), ok('Backup', backup), await space(folder), socketPath(home)];
}

async function space(folder: string): Promise<Finding> {
  const { type, bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const network = process.platform === 'linux' ? NETWORK_FILE_SYSTEMS[type] : undefined;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (network) {
    const repair = 'Let TEAL_HOME name a folder on a local disk: the journal needs its locks.';
    return finding('broken', 'File system', `${network}, ${detail}`, repair);
  }
  if (free < LITTLE) {
    const repair = 'Make room: every release is a copy. Fewer are kept with keep-releases.';
    return finding(free < TOO_LITTLE ? 'broken' : 'warn', 'File system', detail, repair);
  }
  return ok('File system', detail);
}

function socketPath(home: Home): Finding {
  const excess = socketPathExcess(home);
  return excess === 0
    ? ok('Sockets', home.apiSocket)
    : finding(
        'broken',
        'Sockets',
        `their paths are ${excess} bytes too long`,
        'Let TEAL_HOME name a shorter path.',
      );
}

/** A clock that is far off breaks certificates, freeze windows and everybody's logs. */
export function clock(): Finding {
  const year = new Date().getFullYear();
  return year >= 2026 && year < 2100
    ? ok('Clock', new Date().toISOString())
    : finding(
        'broken',
        'Clock',
        new Date().toISOString(),
        'Set the clock, e.g. with timedatectl set-ntp true.',
      );
}

export async function git(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version']);
    return ok('git', stdout.trim());
  } catch {
    const repair = 'Install git; without it a release takes every file, and --ref cannot be used.';
    return finding('warn', 'git', 'not found', repair);
  }
}

/** The folder itself, or the nearest above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}
