import type { Home } from '../../../system/home.ts';
import { localClient } from '../../../system/local-rpc.ts';
import type { ProcessIdentity } from '../../../system/process/process-identity.ts';
import type { Program, Snapshot } from './program.ts';

/** Talks to the supervisor of a home. Every call rejects with E_UNREACHABLE where none answers. */
export interface SupervisorClient {
  list(): Promise<Snapshot>;
  /** Resolves with the first snapshot after `last` (null: at once), or after 25 s with the same. */
  changes(last: Snapshot | null): Promise<Snapshot>;
  /** Idempotent; resolves when it is written down, not when it runs. */
  ensure(program: Program): Promise<void>;
  /**
   * Says that a program's process `before` has handed over to another one, which is looked after from now on. Resolves when that is written
   * down; false: the program is to be stopped.
   */
  adopt(program: Program, process: ProcessIdentity, before: ProcessIdentity): Promise<boolean>;
  /** Resolves when all are gone. `within`: the longest stop time among them, ms. */
  stop(ids: readonly string[], within: number): Promise<void>;
  /** Ends the supervisor and the daemon; `all`: router and instances too. Resolves when what is to stop has stopped. */
  end(all: boolean): Promise<void>;
  close(): void;
}

/** Long enough for the longest stop time that anybody sets. */
const END_WITHIN = 3_600_000;
/** SIGKILL, and a little. */
const MARGIN = 15_000;

export function supervisorClient(home: Home): SupervisorClient {
  const client = localClient(home.supervisorSocket, 'the supervisor');
  return {
    list: () => client.call('list'),
    changes: (last) =>
      last === null
        ? client.call('list')
        : client.call('changes', { supervisor: last.supervisor, since: last.revision }, 40_000),
    ensure: (program) => client.call('ensure', { program }),
    adopt: (program, process, before) => client.call('adopt', { program, process, before }),
    async stop(ids, within) {
      // It may take long, so on a connection of its own: other calls must not wait for one.
      const own = localClient(home.supervisorSocket, 'the supervisor');
      try {
        await own.call('stop', { ids }, within + MARGIN);
      } finally {
        own.close();
      }
    },
    end: (all) => client.call('end', { all }, END_WITHIN),
    close: () => client.close(),
  };
}
