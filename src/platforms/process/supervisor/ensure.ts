import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../../../core/error.ts';
import type { Home } from '../../../system/home.ts';
import { makeHomeFolder } from '../../../system/home-folder.ts';
import { type SupervisorClient, supervisorClient } from './client.ts';
import { isSupervised } from './lock.ts';
import { readTail } from './logs/log-file.ts';
import type { Program } from './program.ts';
import { OWN_RESTART } from './restart.ts';

const ANSWERS_WITHIN = 15_000;
const LOOK_EVERY = 25;

/** Where the supervisor's own output goes. */
export const supervisorLog = (home: Home): string => join(home.logs, 'supervisor.log');

/**
 * Makes sure that a supervisor of this home answers: starts one with `argv`, detached and with this process's
 * environment, unless one does. Rejects with E_SUPERVISOR_START and the end of its log,
 * or with E_HOME_UNWRITABLE.
 */
export async function ensureSupervisor(home: Home, argv: readonly string[]): Promise<void> {
  const client = supervisorClient(home);
  try {
    if (await answers(client)) return;
    const ended = spawnSupervisor(home, argv);
    const until = performance.now() + ANSWERS_WITHIN;
    for (;;) {
      if (await answers(client)) return;
      // One that ended may have found another one at work, which does not answer yet.
      const failed = ended.code !== null && !isSupervised(home);
      if (failed || performance.now() > until) throw await startError(home, ended.code);
      await delay(LOOK_EVERY);
    }
  } finally {
    client.close();
  }
}

/** Teal's own router or daemon as a program: restarted at once whenever it dies. */
export function ownProgram(home: Home, id: 'router' | 'daemon', argv: readonly string[]): Program {
  return {
    id,
    command: argv,
    cwd: home.root,
    env: { TEAL_HOME: { value: home.root } },
    inherit: 'all',
    runAs: 'supervisor',
    port: false,
    log: join(home.logs, `${id}.log`),
    stop: { signal: 'SIGTERM', within: 10_000 },
    restart: OWN_RESTART,
    meta: null,
  };
}

async function answers(client: SupervisorClient): Promise<boolean> {
  try {
    await client.list();
    return true;
  } catch (error) {
    if (error instanceof TealError && error.code === 'E_UNREACHABLE') return false;
    throw error;
  }
}

function spawnSupervisor(home: Home, argv: readonly string[]): { code: number | null } {
  makeHomeFolder(home);
  mkdirSync(home.supervisor, { recursive: true, mode: 0o700 });
  mkdirSync(home.logs, { recursive: true, mode: 0o750 });
  const output = openSync(supervisorLog(home), 'a', 0o640);
  const ended: { code: number | null } = { code: null };
  try {
    const [command = process.execPath, ...rest] = argv;
    const child = spawn(command, rest, {
      cwd: home.root,
      env: { ...process.env, TEAL_HOME: home.root },
      detached: true,
      stdio: ['ignore', output, output],
    });
    child.once('error', () => {
      ended.code = 127;
    });
    child.once('exit', (code) => {
      ended.code = code ?? 1;
    });
    child.unref();
  } finally {
    closeSync(output);
  }
  return ended;
}

async function startError(home: Home, code: number | null): Promise<TealError> {
  const log = supervisorLog(home);
  const lines = await readTail(log, 5, 0);
  const how = code === null ? `It did not answer within ${ANSWERS_WITHIN / 1000} s` : `It ended with ${code}`;
  return new TealError('E_SUPERVISOR_START', 'Cannot start the supervisor', {
    why: [`${how}. The end of ${log}:`, ...lines].join('\n'),
    fix: 'Mend what the log says and run `teal up` again.',
  });
}
