import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { TealError } from '../core/error.ts';

/** Where Teal keeps its files: everything under one folder, so that a copy of it is a backup. */
export interface Home {
  readonly root: string;
  /** Journal database. */
  readonly journal: string;
  readonly releases: string;
  readonly logs: string;
  /** Folder of the router: table, key, pid, control socket. */
  readonly router: string;
  readonly routerSocket: string;
  /** Folder of the supervisor: state, pid, control socket. */
  readonly supervisor: string;
  readonly supervisorSocket: string;
  /** API socket, mode 0600. */
  readonly apiSocket: string;
  /** JSON `{pid, startedAt}` of the daemon that owns this home. */
  readonly daemonLock: string;
}

/** Paths under `root` (absolute). Creates nothing. */
export function homeAt(root: string): Home {
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    root,
    journal: at('teal.db'),
    releases: at('releases'),
    logs: at('logs'),
    router: at('router'),
    routerSocket: at('router', 'control.sock'),
    supervisor: at('supervisor'),
    supervisorSocket: at('supervisor', 'control.sock'),
    apiSocket: at('teal.sock'),
    daemonLock: at('daemon.lock'),
  };
}

/** TEAL_HOME, else `/var/lib/teal` for root, else `$XDG_STATE_HOME/teal` (`~/.local/state/teal`). */
export function defaultHome(env: NodeJS.ProcessEnv = process.env): Home {
  if (env.TEAL_HOME) return homeAt(resolve(env.TEAL_HOME));
  if (process.getuid?.() === 0) return homeAt('/var/lib/teal');
  return homeAt(join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'teal'));
}

/** Longest path of a Unix socket, bytes: 108 on Linux, 104 on macOS, with the closing zero. */
const SOCKET_PATH_LIMIT = process.platform === 'darwin' ? 103 : 107;

/** By how many bytes the sockets of a home have too long a path; 0: they fit. */
export function socketPathExcess({ supervisorSocket, routerSocket, apiSocket }: Home): number {
  const lengths = [supervisorSocket, routerSocket, apiSocket].map((path) => Buffer.byteLength(path));
  return Math.max(0, Math.max(...lengths) - SOCKET_PATH_LIMIT);
}

/** Throws E_HOME_TOO_LONG, before anything is started or made there. */
export function requireShortPath(home: Home): void {
  const excess = socketPathExcess(home);
  if (excess === 0) return;
  throw new TealError('E_HOME_TOO_LONG', 'The path of TEAL_HOME is too long', {
    why: `The system allows ${SOCKET_PATH_LIMIT} bytes for the path of a socket; those in ${home.root} would have ${excess} more.`,
    fix: 'Let TEAL_HOME name a folder with a shorter path.',
    exitCode: 2,
  });
}
