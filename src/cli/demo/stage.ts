import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, apiClient } from '../../api/client.ts';
import type { ServiceStatus } from '../../api/schema.ts';
import { TealError } from '../../core/error.ts';
import { type Home, homeAt } from '../../system/home.ts';
import { paths } from '../api.ts';
import { ownArgv } from '../own-argv.ts';
import { createShop, type ShopProject } from './shop.ts';

/** A Teal of the demo's own, in a temporary folder. */
export interface Stage {
  readonly home: Home;
  readonly url: string;
  readonly shop: ShopProject;
  readonly api: ApiClient;
  status(): Promise<ServiceStatus>;
  /** Runs `teal ARGS` as a person would, its output in this terminal (or nowhere). Resolves with the exit code. */
  teal(args: readonly string[], output: 'shown' | 'hidden'): Promise<number>;
  /** Stops everything that was started and removes the folder. Idempotent. */
  clear(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  // The real path: the processes are found by it.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'teal-demo-')));
  const home = homeAt(join(root, 'home'));
  const port = await freePort();
  const shop = await createShop(join(root, 'shop'), port);
  const api = apiClient(home);
  let running: ReturnType<typeof spawn> | null = null;
  let clearing: Promise<void> | null = null;

  async function teal(args: readonly string[], output: 'shown' | 'hidden'): Promise<number> {
    const [command = process.execPath, ...rest] = ownArgv(...args);
    const child = spawn(command, rest, {
      cwd: shop.folder,
      env: { ...process.env, TEAL_HOME: home.root },
      stdio: ['ignore', output === 'shown' ? 'inherit' : 'ignore', 'inherit'],
    });
    running = child;
    const [code] = (await once(child, 'close')) as [number | null];
    if (running === child) running = null;
    return code ?? 1;
  }

  async function clear(): Promise<void> {
    running?.kill('SIGTERM'); // it only follows: what it started goes on, and is stopped next
    const code = await teal(['down', '--all', '--yes'], 'hidden');
    if (code !== 0) {
      throw new TealError('E_DEMO_CLEAR', 'The demo could not stop what it had started', {
        fix: `Stop it with TEAL_HOME=${home.root} teal down --all, then remove ${root}`,
      });
    }
    await rm(root, { recursive: true, force: true });
  }

  return {
    home,
    url: `http://127.0.0.1:${port}/`,
    shop,
    api,
    status: () => api.get<ServiceStatus>(paths.service('shop')),
    teal,
    clear() {
      clearing ??= clear();
      return clearing;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
