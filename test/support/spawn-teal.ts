import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Home } from '../../src/system/home.ts';

/** The real entry of the command line. */
export const TEAL_BIN = join(dirname(fileURLToPath(import.meta.url)), ...['..', '..', 'bin', 'teal.js']);

export interface SpawnTealOptions {
  readonly home: Pick<Home, 'root'>;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The entry of another copy of Teal; default: {@link TEAL_BIN}. */
  readonly bin?: string;
  /** Written to standard input, which is then closed. Default: nothing. */
  readonly input?: string;
}

/** How a `teal` ended. */
export interface TealResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `teal`. */
export interface RunningTeal {
  readonly child: ChildProcess;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when it has ended and its output is read. */
  readonly ended: Promise<TealResult>;
  /** Resolves with the first match in standard output; rejects when it ends without one. */
  output(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal?: NodeJS.Signals): void;
}

/** Starts `teal ARGS` as a process of its own over `home`, without a terminal. */
export function spawnTeal(args: readonly string[], options: SpawnTealOptions): RunningTeal {
  const child = spawn(process.execPath, [options.bin ?? TEAL_BIN, ...args], {
    cwd: options.cwd ?? options.home.root,
    // One worker, because many tests run at a time; test/routers/workers is about several.
    env: {
      ...process.env,
      ...{ NO_COLOR: '1', TEAL_ROUTER_WORKERS: '1' },
      ...options.env,
      TEAL_HOME: options.home.root,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A teal that ends before it has read its input is no failure of the test's.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    output: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout);
          if (match) resolve(match);
        };
        child.stdout.on('data', look);
        look();
        void ended.then(({ code }) =>
          reject(
            new Error(`teal ${args.join(' ')} ended with ${code} without ${pattern}\n${stdout}\n${stderr}`),
          ),
        );
      }),
    kill: (signal = 'SIGTERM') => void child.kill(signal),
  };
}

/** Runs `teal ARGS` to its end. */
export const teal = (args: readonly string[], options: SpawnTealOptions): Promise<TealResult> =>
  spawnTeal(args, options).ended;
