import { randomUUID } from 'node:crypto';
import type { Home } from '../../../system/home.ts';
import type { LocalMethods } from '../../../system/local-rpc.ts';
import type { Logger } from '../../../system/log.ts';
import type { ProcessIdentity } from '../../../system/process/process-identity.ts';
import type { ResolveEnv } from './environment.ts';
import { watchLogs } from './logs/log-watch.ts';
import { freePort } from './port.ts';
import { type Program, type Snapshot, sameProgram } from './program.ts';
import { stateFile } from './state.ts';
import { adoptUnit, startUnit, type Unit, type UnitDeps } from './unit.ts';
import { createWaiters } from './waiters.ts';

export interface SupervisorOptions {
  readonly home: Home;
  readonly log: Logger;
  /** Where `from: env:` references look. */
  readonly environ: NodeJS.ProcessEnv;
  readonly resolveEnv: ResolveEnv;
  /** Log files that are rotated besides those of the programs. */
  readonly logs?: readonly string[];
}

/** Keeps programs running. Level-triggered: every id has a target, and its unit follows. */
export interface Supervisor {
  /** What it answers on its socket; see client.ts. */
  readonly methods: LocalMethods;
  /** Makes `program` what runs under its id: starts it, replaces another one, or leaves the same one alone. */
  ensure(program: Program): Promise<void>;
  /** Stops these; resolves when all are gone. Ids that are unknown are gone already. */
  stop(ids: readonly string[]): Promise<void>;
  snapshot(): Snapshot;
  /** Resolves once somebody asked for the end: everything is stopped, or left running and written down. */
  readonly ended: Promise<void>;
  end(all: boolean): Promise<void>;
}

interface Entry {
  target: Program | null;
  unit: Unit | null;
  /** Kept over replacements, so that a slot keeps its port. */
  port: number | null;
  /** Non-null while the unit is being brought to the target. */
  work: Promise<void> | null;
}

interface Adoption {
  readonly program: Program;
  readonly process: ProcessIdentity;
  readonly before: ProcessIdentity;
}

/** Longest wait for a change, ms; then the same snapshot is given again. */
const WAIT_AT_MOST = 25_000;

/** Adopts what an earlier supervisor of this home ran. Rejects with E_SUPERVISOR_STATE. */
export async function createSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { home, log } = options;
  const id = randomUUID();
  const entries = new Map<string, Entry>();
  const waiters = createWaiters();
  const state = stateFile(home, () =>
    [...entries.values()].map(({ target, unit }) => ({ target, unit: unit?.record() ?? null })),
  );
  const ended = Promise.withResolvers<void>();
  const deps: UnitDeps = {
    environ: options.environ,
    resolveEnv: options.resolveEnv,
    freePort: (preferred) => freePort(preferred, portsOfOthers(preferred)),
    save: state.save,
    changed() {
      waiters.wake();
      state.save().catch((error: unknown) => log.error({ err: error }, 'cannot write the state'));
    },
    log,
  };

  function portsOfOthers(own: number | null): Set<number> {
    const ports = [...entries.values()].map(({ unit, port }) => unit?.status().port ?? port);
    return new Set(ports.filter((port): port is number => port !== null && port !== own));
  }

  async function ensure(program: Program): Promise<void> {
    const entry = entries.get(program.id) ?? { target: null, unit: null, port: null, work: null };
    if (entry.target && sameProgram(entry.target, program)) return;
    entries.set(program.id, entry);
    entry.target = program;
    // Before anything is done, so that a crash cannot forget it; but a full disk must not stop a rollback.
    await state
      .save()
      .catch((error: unknown) => log.error({ err: error }, 'cannot write the state; going on'));
    void converge(program.id, entry);
  }

  /** One step: whenever this process dies, its successor finds the old process or the new one written down as the program's. */
  async function adopt(
    program: Program,
    process: ProcessIdentity,
    before: ProcessIdentity,
  ): Promise<boolean> {
    const entry = entries.get(program.id);
    while (entry?.work) await entry.work;
    if (!entry?.target || !entry.unit) return false;
    const { unit } = entry;
    const record = unit.record();
    // It has not heard the answer, and asks again.
    if (same(record.process, process)) return true;
    entry.target = program;
    entry.unit = adoptUnit({ ...record, program, process, failed: false, startedAt: Date.now() }, deps);
    log.info({ program: program.id, process: process.pid, before: before.pid }, 'goes on as another process');
    if (same(record.process, before)) unit.leave();
    // Its process ended before this was known, and one was started that cannot be what the other one is.
    else await unit.stop();
    await state.save();
    deps.changed();
    return true;
  }

  async function stop(ids: readonly string[]): Promise<void> {
    const known = ids.flatMap((one) => {
      const entry = entries.get(one);
      if (entry) entry.target = null;
      return entry ? [[one, entry] as const] : [];
    });
    await Promise.all(known.map(([one, entry]) => converge(one, entry)));
  }

  function converge(key: string, entry: Entry): Promise<void> {
    // Not before this assignment: it may be done, and clear it, without waiting for anything.
    entry.work ??= Promise.resolve().then(() => bring(key, entry));
    return entry.work;
  }

  async function bring(key: string, entry: Entry): Promise<void> {
    // Looked at again after every wait: the target may have changed meanwhile.
    while (!isThere(entry)) {
      if (entry.unit) {
        await entry.unit.stop();
        entry.port = entry.unit.status().port;
        entry.unit = null;
      } else if (entry.target) {
        entry.unit = startUnit(entry.target, entry.port, deps);
      }
    }
    entry.work = null;
    if (!entry.target) entries.delete(key);
    deps.changed();
  }

  const snapshot = (): Snapshot => ({
    supervisor: id,
    pid: process.pid,
    revision: waiters.revision(),
    programs: [...entries.values()].flatMap(({ unit }) => (unit ? [unit.status()] : [])),
  });

  async function end(all: boolean): Promise<void> {
    // The daemon first: it would start again what is being stopped.
    await stop(['daemon']);
    if (all) {
      await stop(['router']);
      await stop([...entries.keys()]);
    }
    await Promise.all([...entries.values()].map(({ target, work }) => (target ? null : work)));
    stopWatchingLogs();
    await state.save();
    for (const { unit } of entries.values()) unit?.leave();
    ended.resolve();
  }

  for (const stored of await state.load()) {
    const key = (stored.unit?.program ?? stored.target)?.id;
    if (key === undefined) continue;
    const unit = stored.unit && adoptUnit(stored.unit, deps);
    const entry: Entry = { target: stored.target, unit, port: stored.unit?.port ?? null, work: null };
    entries.set(key, entry);
    void converge(key, entry);
  }
  const stopWatchingLogs = watchLogs(
    () => [
      ...[...entries.values()].flatMap(({ unit }) =>
        unit ? [{ path: unit.program.log, rotated: unit.logRotated }] : [],
      ),
      ...(options.logs ?? []).map((path) => ({ path })),
    ],
    log,
  );

  return {
    ensure,
    stop,
    snapshot,
    ended: ended.promise,
    end,
    methods: {
      list: snapshot,
      ensure: ({ program }: { program: Program }) => ensure(program),
      adopt: ({ program, process, before }: Adoption) => adopt(program, process, before),
      stop: ({ ids }: { ids: readonly string[] }) => stop(ids),
      async changes({ supervisor, since }: { supervisor: string; since: number }) {
        if (supervisor === id) await waiters.after(since, WAIT_AT_MOST);
        return snapshot();
      },
      end: ({ all }: { all: boolean }) => end(all),
    },
  };
}

const same = (a: ProcessIdentity | null, b: ProcessIdentity): boolean =>
  a?.pid === b.pid && a.started === b.started;

const isThere = ({ unit, target }: Entry): boolean =>
  unit === null ? target === null : target !== null && sameProgram(unit.program, target);
