import { setTimeout as delay } from 'node:timers/promises';
import { TealError } from '../../core/error.ts';
import type { Home } from '../../system/home.ts';
import type { Logger } from '../../system/log.ts';
import { instancesOf } from './instance.ts';
import { type SupervisorClient, supervisorClient } from './supervisor/client.ts';
import { ensureSupervisor } from './supervisor/ensure.ts';
import type { ProgramStatus, Snapshot } from './supervisor/program.ts';

/** Knows what the supervisor runs, and sees to it that there is one. */
export interface Watch {
  /** What runs now; while the supervisor is away, what ran when it was last there. */
  now(): Promise<Snapshot>;
  /** Calls the supervisor; starts one first where none answers. */
  use<T>(action: (supervisor: SupervisorClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly home: Home;
  readonly log: Logger;
  readonly supervisorArgv: readonly string[];
  /** Gets every snapshot, newest last. */
  seen(snapshot: Snapshot): void;
  /** Something changed about instances of this service. */
  changed(service: string): void;
}

/** Pause after a failed attempt to have a supervisor. */
const RETRY_AFTER = 1_000;

export function createWatch({ home, log, supervisorArgv, seen, changed }: WatchOptions): Watch {
  const client = supervisorClient(home);
  const end = new AbortController();
  let last: Snapshot | null = null;
  let starting: Promise<void> | null = null;
  const watching = follow();

  async function follow(): Promise<void> {
    while (!end.signal.aborted) {
      try {
        take(await client.changes(last));
      } catch (error) {
        if (end.signal.aborted) return;
        await restart(error).catch(async (failure: unknown) => {
          log.error({ err: failure }, 'no supervisor');
          await delay(RETRY_AFTER, undefined, { signal: end.signal }).catch(() => undefined); // closed
        });
      }
    }
  }

  function take(snapshot: Snapshot): Snapshot {
    // Two calls are under way at times; the older answer must not win.
    if (last && last.supervisor === snapshot.supervisor && last.revision > snapshot.revision) return last;
    const before = last;
    last = snapshot;
    seen(snapshot);
    for (const service of changedServices(before?.programs ?? [], snapshot.programs)) changed(service);
    return snapshot;
  }

  /** Starts a supervisor if that is what was missing, once for all who ask. */
  async function restart(error: unknown): Promise<void> {
    if (!(error instanceof TealError) || error.code !== 'E_UNREACHABLE') throw error;
    if (end.signal.aborted) throw error;
    log.warn({ why: error.why }, 'the supervisor does not answer: starting one');
    starting ??= ensureSupervisor(home, supervisorArgv).finally(() => {
      starting = null;
    });
    await starting;
  }

  async function use<T>(action: (supervisor: SupervisorClient) => Promise<T>): Promise<T> {
    try {
      return await action(client);
    } catch (error) {
      await restart(error);
      return action(client);
    }
  }

  return {
    async now() {
      try {
        return take(await client.list());
      } catch (error) {
        if (!(error instanceof TealError) || error.code !== 'E_UNREACHABLE') throw error;
        return last ?? take(await use((supervisor) => supervisor.list()));
      }
    },
    use,
    async close() {
      end.abort();
      client.close();
      await watching;
    },
  };
}

/** Services of which an instance came, went or changed. */
function changedServices(before: readonly ProgramStatus[], after: readonly ProgramStatus[]): Set<string> {
  const lines = (programs: readonly ProgramStatus[]) =>
    new Map(instancesOf(programs).map((one) => [JSON.stringify(one), one.meta.service]));
  const [old, young] = [lines(before), lines(after)];
  return new Set([...difference(old, young), ...difference(young, old)]);
}

const difference = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] =>
  [...a].filter(([line]) => !b.has(line)).map(([, service]) => service);
