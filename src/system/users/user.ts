import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { TealError } from '../../core/error.ts';

/** Who a command runs as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** What `spawn` needs in order to become that user; empty where Teal is that user already. */
  readonly switchTo: { readonly uid?: number; readonly gid?: number };
}

/**
 * The user that a service's commands run as: `name`, or the daemon's own where it is null. Rejects with E_ROOT where
 * they would be root's without having been asked for, E_USER_UNKNOWN, and E_USER_SWITCH where only root could switch.
 */
export async function resolveUser(name: string | null): Promise<SystemUser> {
  const own = ownAccount();
  if (name === null) {
    if (own.uid === 0) {
      throw new TealError('E_ROOT', 'Refusing to run the commands of a service as root', {
        why: 'The daemon runs as root and teal.yaml names no user.',
        fix: 'Add `user: NAME` to teal.yaml, or `user: root` if root is what you want.',
      });
    }
    return { name: own.username, uid: own.uid, gid: own.gid, home: own.homedir, switchTo: {} };
  }
  const found = await lookUp(name);
  if (found === null) {
    throw new TealError('E_USER_UNKNOWN', `There is no user "${name}" on this machine`, {
      fix: 'Create the user, or correct `user` in teal.yaml.',
    });
  }
  if (found.uid === own.uid) return { name, ...found, switchTo: {} };
  if (own.uid !== 0) {
    throw new TealError('E_USER_SWITCH', `Cannot run commands as "${name}"`, {
      why: `The daemon runs as "${own.username}", and only root may become another user.`,
      fix: `Run the daemon as "${name}" or as root, or remove \`user\` from teal.yaml.`,
    });
  }
  return { name, ...found, switchTo: { uid: found.uid, gid: found.gid } };
}

function ownAccount() {
  try {
    return userInfo();
  } catch {
    // In a container the daemon's uid may be any number, without an account.
    const uid = process.getuid!();
    return { username: String(uid), uid, gid: process.getgid!(), homedir: process.env.HOME ?? '/' };
  }
}

type Account = Pick<SystemUser, 'uid' | 'gid' | 'home'>;

/** By the machine's own directory (which may be LDAP or the like), not by a file alone. */
async function lookUp(name: string): Promise<Account | null> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/.test(name)) return null;
  return process.platform === 'darwin' ? lookUpDarwin(name) : lookUpPasswd(name);
}

async function lookUpPasswd(name: string): Promise<Account | null> {
  for (const line of (await passwdLines(name)).split('\n')) {
    const [user, , uid, gid, , home] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid), home: home || '/' };
  }
  return null;
}

async function passwdLines(name: string): Promise<string> {
  try {
    return (await promisify(execFile)('getent', ['passwd', name])).stdout;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 2) return ''; // getent's answer for "not found"
    if (code === 'ENOENT') return readFile('/etc/passwd', 'utf8'); // small systems have no getent
    throw error;
  }
}

async function lookUpDarwin(name: string): Promise<Account | null> {
  const { stdout } = await promisify(execFile)('dscacheutil', ['-q', 'user', '-a', 'name', name]);
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stdout)?.[1];
  const uid = field('uid');
  return uid === undefined
    ? null
    : { uid: Number(uid), gid: Number(field('gid')), home: field('dir') ?? '/' };
}
