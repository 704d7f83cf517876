import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Router } from '../../../src/core/ports.ts';
import type { ObservedRouting } from '../../../src/core/world.ts';
import { embeddedRouter } from '../../../src/routers/embedded/driver.ts';
import { type Home, homeAt } from '../../../src/system/home.ts';
import { localClient } from '../../../src/system/local-rpc.ts';
import { createLogger } from '../../../src/system/log.ts';
import { processStarted } from '../../../src/system/process/process-identity.ts';
import { eventually } from './eventually.ts';

const LAUNCHER = fileURLToPath(new URL('./launch-router.ts', import.meta.url));

/** A router in a process of its own, with its driver. */
export interface RunningRouter {
  readonly home: Home;
  readonly router: Router;
  /** What it wrote to its log so far. */
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  observed(service: string): Promise<ObservedRouting>;
  /** Process ids of the router itself and of its workers. */
  processes(): Promise<{
    readonly pid: number;
    readonly version: string;
    readonly workers: readonly number[];
  }>;
  /** Has the router hand over to a new one, by default of the same program; resolves with the pid of that. */
  upgrade(command?: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** `workers`: 0 for none; `change`: of its environment. */
export async function runningRouter(workers = 0, change: NodeJS.ProcessEnv = {}): Promise<RunningRouter> {
  const root = await mkdtemp(join(tmpdir(), 'teal-router-'));
  const home = homeAt(root);
  const router = embeddedRouter({ home, log: createLogger('test', 'silent') });
  const status = localClient(home.routerSocket, 'the router');
  let child: ChildProcess | null = null;
  let log = '';
  const running: RunningRouter = {
    home,
    router,
    log: () => log,
    async start() {
      const env = {
        ...process.env,
        ...{ TEAL_HOME: root, TEAL_LOG_LEVEL: 'info', TEAL_TEST_WORKERS: String(workers), NODE_OPTIONS: '' },
        ...change,
      };
      const started = spawn(process.execPath, [LAUNCHER], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      child = started;
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      await eventually(
        `the router starts: ${log}`,
        () =>
          router.heartbeat().then(
            () => true,
            () => {
              if (started.exitCode !== null) throw new Error(`the router ended: ${log}`);
              return false;
            },
          ),
        30_000,
      );
    },
    async kill(signal) {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    async observed(service) {
      const observed = await router.observe(service);
      if (observed === null) throw new Error(`the router does not know ${service}`);
      return observed;
    },
    processes: () => status.call('status'),
    async upgrade(command = [process.execPath, LAUNCHER]) {
      return (await status.call<{ readonly pid: number }>('upgrade', { command }, 90_000)).pid;
    },
    async close() {
      const now = await running.processes().catch(() => null); // none may be left
      await running.kill('SIGKILL');
      if (now !== null && now.pid !== child?.pid) await killed(now.pid);
      status.close();
      await router.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  await running.start().catch(async (error: unknown) => {
    await running.close();
    throw error;
  });
  return running;
}

/** kill -9, and wait until that is done. A process that has ended already is no error. */
export async function killed(pid: number): Promise<void> {
  if ((await processStarted(pid)) === null) return;
  process.kill(pid, 'SIGKILL');
  await eventually(`the end of ${pid}`, async () => (await processStarted(pid)) === null);
}

/** How many of these processes have not ended. */
export const alive = async (pids: readonly number[]): Promise<number> =>
  (await Promise.all(pids.map(processStarted))).filter((started) => started !== null).length;
