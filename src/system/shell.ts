import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../core/error.ts';
import { type BoundedText, boundedText } from './bounded-text.ts';
import { lineCutter } from './lines.ts';
import { stopGroup } from './process/process-group.ts';
import { redactor } from './redact.ts';
import { resolveUser, type SystemUser } from './users/user.ts';

export interface ShellOptions {
  /** Command line for `/bin/sh -c`. Never made from anything that came in a request. */
  readonly command: string;
  readonly cwd: string;
  /** Added to the minimal environment: PATH, HOME, LANG. */
  readonly env: Readonly<Record<string, string>>;
  /** Who runs it; see `resolveUser`. */
  readonly user: string | null;
  /** Stops it, with its children. */
  readonly signal?: AbortSignal;
  /** ms until it is stopped, with its children. */
  readonly timeout: number;
  /** ms between SIGTERM and SIGKILL. Default 2,000. */
  readonly grace?: number;
  /** Values that are replaced by "[hidden]" in everything it prints. */
  readonly secrets?: readonly string[];
  /** Output by lines as it comes, of both streams in the order of arrival. */
  readonly onOutput?: (text: string) => void;
}

export interface ShellResult {
  /** `exited`: by itself, whatever the code. */
  readonly end: 'exited' | 'timed-out' | 'aborted';
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both streams in the order of arrival; head and tail where it is long. */
  readonly output: string;
  /** The standard output alone, bounded the same way. */
  readonly stdout: string;
  /** ms. */
  readonly took: number;
}

const OUTPUT_LIMIT = 48 * 1024;
const GRACE = 2_000;
/** For output that is still in the pipes when the group is gone. */
const DRAIN_WITHIN = 1_000;

/**
 * Runs a command line in a process group of its own and resolves when *nothing* of the group is left: what it started
 * in the background ends with it. (A process that made a session of its own has left the group and is not found.)
 * An exit code is a result, not an error. Rejects with E_ROOT, E_USER_..., or E_COMMAND_START.
 */
export async function runShell(options: ShellOptions): Promise<ShellResult> {
  const user = await resolveUser(options.user);
  const began = performance.now();
  if (options.signal?.aborted) {
    return { end: 'aborted', code: null, signal: null, output: '', stdout: '', took: 0 };
  }
  const child = spawn('/bin/sh', ['-c', options.command], {
    cwd: options.cwd,
    env: { ...minimalEnvironment(user), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...user.switchTo,
  });
  const texts = collect(child, options);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await spawned(child, options);
  const end = await endOf(exited, options);
  await Promise.all([exited, stopGroup(child.pid!, options.grace ?? GRACE)]);
  await drained(child, closed);
  texts.flush();
  return {
    end,
    code: child.exitCode,
    signal: child.signalCode,
    output: texts.output(),
    stdout: texts.stdout(),
    took: performance.now() - began,
  };
}

/** What every command gets: enough to find programs and a home, nothing of the daemon's own secrets. */
export function minimalEnvironment(user: SystemUser): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: user.home,
    LANG: process.env.LANG ?? 'C.UTF-8',
  };
}

/** Line by line, so that lines of the two streams do not mix and no secret is cut in two. */
function collect(child: ChildProcess, { secrets = [], onOutput }: ShellOptions) {
  const both = boundedText(OUTPUT_LIMIT);
  const stdout = boundedText(OUTPUT_LIMIT);
  const redact = redactor(secrets);
  const follow = (stream: Readable, own: BoundedText | null) => {
    const lines = lineCutter((line) => {
      const text = redact(line);
      own?.append(text);
      both.append(text);
      onOutput?.(text);
    });
    stream.setEncoding('utf8').on('data', lines.push).on('close', lines.flush);
    return lines;
  };
  const streams = [follow(child.stdout!, stdout), follow(child.stderr!, null)];
  return {
    flush: () => streams.forEach((lines) => void lines.flush()),
    output: () => both.toString(),
    stdout: () => stdout.toString(),
  };
}

function spawned(child: ChildProcess, { cwd, user }: ShellOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TealError('E_COMMAND_START', 'Cannot start a command', {
          why: `/bin/sh in ${cwd}${user === null ? '' : ` as ${user}`}: ${cause.code ?? cause.message}`,
          fix: 'Check that the folder exists and that the user may enter it.',
          cause,
        }),
      ),
    );
  });
}

async function endOf(exited: Promise<void>, options: ShellOptions): Promise<ShellResult['end']> {
  let onAbort = () => {};
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      exited.then(() => 'exited' as const),
      new Promise<'aborted'>((resolve) => {
        onAbort = () => resolve('aborted');
        options.signal?.addEventListener('abort', onAbort, { once: true });
        if (options.signal?.aborted) onAbort();
      }),
      new Promise<'timed-out'>((resolve) => {
        timer = setTimeout(() => resolve('timed-out'), options.timeout);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** A process that left the group may hold the pipes open for ever; what it prints is not waited for. */
async function drained(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const waited = delay(DRAIN_WITHIN, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([closed, waited]);
  patience.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
}
