import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { TealError } from '../core/error.ts';

/** Paths can be many. */
const MAX_BUFFER = 512 * 1024 * 1024;

/** Whether git tracks this folder. False where there is no git. */
export async function isGitFolder(folder: string): Promise<boolean> {
  try {
    return (await git(folder, ['rev-parse', '--is-inside-work-tree'])).trim() === 'true';
  } catch {
    return false; // no repository, or no git: then the folder is copied as it is
  }
}

/** Paths below the folder that git knows, and others that it does not ignore; not those that were deleted. */
export async function gitFiles(folder: string): Promise<string[]> {
  const [known, deleted] = await Promise.all([
    git(folder, ['ls-files', '-co', '--exclude-standard', '-z']),
    git(folder, ['ls-files', '-d', '-z']),
  ]);
  const gone = new Set(deleted.split('\0'));
  return [...new Set(known.split('\0'))].filter((path) => path !== '' && !gone.has(path));
}

/** Unpacks the folder as it is in a commit, branch or tag. Rejects with E_REF_UNKNOWN or E_REF_READ. */
export async function unpackRef(folder: string, ref: string, into: string): Promise<void> {
  let commit: string;
  try {
    const name = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    commit = (await git(folder, name)).trim();
  } catch (cause) {
    throw new TealError('E_REF_UNKNOWN', `There is no commit, branch or tag "${ref}" in ${folder}`, {
      fix: 'Look with `git log` or `git tag`; fetch it first if it is on a remote.',
      exitCode: 2,
      cause,
    });
  }
  const options = await gitOptions(folder);
  // Below the top of a repository git gives just that part, with paths relative to it.
  const archive = spawn('git', ['archive', '--format=tar', commit], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tar = spawn('tar', ['-x', '--no-same-owner', '-f', '-', '-C', into], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const [made, unpacked, said] = await Promise.all([
    once(archive, 'close'),
    once(tar, 'close'),
    Promise.all([textOf(archive.stderr), textOf(tar.stderr)]),
    // A tar that ends early breaks the pipe; its own message says why.
    pipeline(archive.stdout, tar.stdin).catch(() => undefined),
  ]);
  if (made[0] !== 0 || unpacked[0] !== 0) {
    const full = /No space left|Disk quota/i.test(said.join(''));
    throw new TealError(full ? 'E_DISK_FULL' : 'E_REF_READ', `Cannot unpack "${ref}"`, {
      why: said.join('').trim() || `git ended with ${made[0]}, tar with ${unpacked[0]}`,
      fix: full ? 'Free some space and deploy again.' : 'Check that `git archive` works in that folder.',
    });
  }
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  const options = await gitOptions(folder);
  return (await promisify(execFile)('git', [...args], { ...options, maxBuffer: MAX_BUFFER })).stdout;
}

/**
 * A repository can name programs that git runs; so root reads a repository as the user whose it is, which is also what
 * git itself asks for.
 */
async function gitOptions(folder: string) {
  const { uid, gid } = await stat(folder);
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  if (process.getuid?.() !== 0 || uid === 0) return { cwd: folder, env };
  return { cwd: folder, uid, gid, env: { ...env, HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent' } };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
