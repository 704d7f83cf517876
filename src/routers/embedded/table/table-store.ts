import { mkdir, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TealError } from '../../../core/error.ts';
import type { Routing } from '../../../core/world.ts';
import { writeFileAtomic } from '../../../system/atomic-file.ts';
import type { Logger } from '../../../system/log.ts';
import { parseRouting } from './routing-schema.ts';

/** One line of the table as it is kept on disk. */
export interface TableEntry {
  readonly routing: Routing;
  readonly fellBackAt: number | null;
}

/** The table on disk: a file for each service, so that a bad one never takes the others with it. */
export interface TableStore {
  /** Every readable entry. A damaged file is set aside as `<name>.damaged-<time>` and logged. */
  load(): Promise<readonly TableEntry[]>;
  /** Durable when it resolves. Rejects with E_ROUTER_TABLE when the disk refuses. Calls for a service keep their order. */
  save(entry: TableEntry): Promise<void>;
  remove(service: string): Promise<void>;
}

/** `folder` is created, mode 0700: entries hold preview secrets. */
export function createTableStore(folder: string, log: Logger): TableStore {
  const queues = new Map<string, Promise<void>>();
  const pathOf = (service: string) => join(folder, `${encodeURIComponent(service)}.json`);

  const inOrder = (service: string, work: () => Promise<void>): Promise<void> => {
    const before = queues.get(service) ?? Promise.resolve();
    const mine = before.then(work, work);
    queues.set(service, mine);
    const done = () => {
      if (queues.get(service) === mine) queues.delete(service);
    };
    mine.then(done, done);
    return mine;
  };

  return {
    async load() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
      const entries = await Promise.all(names.map((name) => readEntry(join(folder, name), log)));
      return entries.filter((entry) => entry !== null);
    },
    save: (entry) =>
      inOrder(entry.routing.service, async () => {
        const path = pathOf(entry.routing.service);
        await writeFileAtomic(path, JSON.stringify(entry)).catch((error: Error) => {
          throw new TealError('E_ROUTER_TABLE', 'The router cannot save its table', {
            why: `${path}: ${error.message}. Traffic obeys the new table already; a restart would bring the old one back.`,
            fix: 'Make room on the disk, or repair the permissions of the folder.',
            cause: error,
          });
        });
      }),
    remove: (service) =>
      inOrder(service, () =>
        unlink(pathOf(service)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
        }),
      ),
  };
}

async function readEntry(path: string, log: Logger): Promise<TableEntry | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as { routing?: unknown; fellBackAt?: unknown };
    const fellBackAt = typeof value.fellBackAt === 'number' ? value.fellBackAt : null;
    return { routing: parseRouting(value.routing), fellBackAt };
  } catch (error) {
    const aside = `${path}.damaged-${Date.now()}`;
    await rename(path, aside);
    const why = error instanceof TealError ? error.why : String(error);
    log.error(
      { path, aside, why },
      'an entry of the table is damaged; set aside, the others are not concerned',
    );
    return null;
  }
}
