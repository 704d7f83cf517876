import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Cores: one for the proxy that is measured, others for what is beside it. */
export const PROXY_CORE = 0;
export const LOAD_CORE = 1;
export const INSTANCE_CORE = availableParallelism() > 2 ? 2 : 1;

/** A process that keeps to one core. Linux only. */
export const pinned = (
  core: number,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  stdio: StdioOptions = ['ignore', 'pipe', 'inherit'],
): ChildProcess => spawn('taskset', ['-c', String(core), command, ...args], { env, stdio });

/** Arguments of Node that run a file of TypeScript without its warning. */
export const script = (path: URL): string[] => ['--disable-warning=ExperimentalWarning', path.pathname];

/** Ends a process and waits for that. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
