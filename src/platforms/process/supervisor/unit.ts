import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../../../core/error.ts';
import type { Logger } from '../../../system/log.ts';
import { adopt, type LaunchDeps, type Launched, launch, type Running } from './launch.ts';
import { sizeOf } from './logs/log-file.ts';
import type { Program, ProgramState, ProgramStatus } from './program.ts';
import { nextStart, recentExits } from './restart.ts';
import type { UnitRecord } from './state.ts';

/** One program being kept running. */
export interface Unit {
  readonly program: Program;
  status(): ProgramStatus;
  record(): UnitRecord;
  /** Stops its whole group and never starts it again. Resolves when none of it is left. */
  stop(): Promise<void>;
  /** Forgets it, running as it is. */
  leave(): void;
  /** Its log was emptied. */
  logRotated(): void;
}

export interface UnitDeps extends LaunchDeps {
  /** Writes all records down; resolves when they are on the disk. */
  save(): Promise<void>;
  /** Something in the status changed. */
  changed(): void;
  readonly log: Logger;
}

/** What a program that ended by itself left in its group gets to end as well, ms at most. */
const LEFTOVERS_WITHIN = 2_000;

/** Starts a program that did not run. `port` is the one that its id had before. */
export function startUnit(program: Program, port: number | null, deps: UnitDeps): Unit {
  const none = { process: null, failed: false, startedAt: null, restarts: 0, exits: [], lastExit: null };
  return createUnit({ program, ...none, port, logStart: sizeOf(program.log) }, deps);
}

/** Goes on with a program of an earlier supervisor, whether or not its process still runs. */
export const adoptUnit = (record: UnitRecord, deps: UnitDeps): Unit => createUnit(record, deps);

function createUnit(from: UnitRecord, deps: UnitDeps): Unit {
  const { program } = from;
  const log = deps.log.child({ program: program.id });
  let { startedAt, restarts, lastExit, port, logStart } = from;
  let exits = [...from.exits];
  let identity = from.process;
  let state: ProgramState = from.failed ? 'failed' : from.process ? 'running' : 'starting';
  let problem: string | null = null;
  const end = new AbortController();
  const ending = once(end.signal, 'abort');
  const life = live();

  async function live(): Promise<void> {
    if (identity) await follow(adopt(program, identity));
    else if (!from.failed) await run();
    while (!end.signal.aborted) {
      if (!(await pause())) return;
      restarts += 1;
      await run();
    }
  }

  /** Starts it and resolves when it has ended, or the unit has. */
  async function run(): Promise<void> {
    to('starting');
    let launched: Launched;
    try {
      launched = await launch(program, port, deps);
    } catch (error) {
      problem = describe(error);
      log.warn({ err: error }, 'cannot start');
      exits.push(Date.now());
      return;
    }
    if (end.signal.reason === LEAVE) return launched.leave();
    ({ identity, port } = launched);
    startedAt = Date.now();
    problem = null;
    // A full disk must not keep a service down; only the next supervisor would miss this process.
    await deps
      .save()
      .catch((error: unknown) => log.error({ err: error }, 'cannot write the state; going on'));
    if (!end.signal.aborted) {
      launched.go();
      to('running');
      log.info({ process: identity?.pid, port }, 'started');
    }
    await follow(launched);
  }

  async function follow(running: Running): Promise<void> {
    deps.changed();
    const ended = running.ended.then(({ code, signal }) => {
      if (end.signal.reason === LEAVE) return;
      lastExit = { at: Date.now(), code, signal };
      exits = [...recentExits(program.restart, exits, lastExit.at), lastExit.at];
      identity = null;
      log.info({ process: running.identity.pid, code, signal }, 'ended');
      if (!end.signal.aborted)
        to(nextStart(program.restart, exits, lastExit.at).gaveUp ? 'failed' : 'backing-off');
    });
    await Promise.race([ended, ending]);
    if (end.signal.reason === LEAVE) return running.leave();
    const { within } = program.stop;
    const gone = await running
      .stopGroup(end.signal.aborted ? within : Math.min(within, LEFTOVERS_WITHIN))
      .catch((error: unknown) => {
        log.error({ err: error }, 'may not stop it: it has become another user');
        return false;
      });
    if (!gone) log.error({ process: running.identity.pid }, 'it could not be ended, and is left alone');
    else await ended;
  }

  /** Waits until the next start is due; false: there is none. */
  async function pause(): Promise<boolean> {
    const next = nextStart(program.restart, exits, Date.now());
    to(next.gaveUp ? 'failed' : 'backing-off');
    if (next.after === null) return false;
    await delay(next.after, undefined, { signal: end.signal }).catch(() => undefined); // ended: the caller looks
    return !end.signal.aborted;
  }

  function to(next: ProgramState): void {
    state = next;
    deps.changed();
  }

  return {
    program,
    status: () => ({
      program,
      state,
      pid: identity?.pid ?? null,
      port,
      startedAt,
      restarts,
      lastExit,
      problem,
      logStart,
    }),
    record: () => ({
      program,
      process: identity,
      failed: state === 'failed',
      startedAt,
      restarts,
      exits,
      lastExit,
      port,
      logStart,
    }),
    async stop() {
      to('stopping');
      end.abort(STOP);
      await life;
    },
    leave: () => end.abort(LEAVE),
    logRotated() {
      logStart = 0;
    },
  };
}

const STOP = Symbol('stop');
const LEAVE = Symbol('leave');

function describe(error: unknown): string {
  if (!(error instanceof TealError)) return error instanceof Error ? error.message : String(error);
  return [error.message, error.why].filter(Boolean).join(': ');
}
