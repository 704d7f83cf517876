import { join } from 'node:path';
import type { Logger } from '../../../system/log.ts';
import type { Challenge } from '../acme/challenges.ts';
import type { HealthReading } from '../endpoints/health-desk.ts';
import type { ServingOptions } from '../serving.ts';
import type { TableEntry } from '../table/table-store.ts';
import type { Speaks, WorkerEntry, WorkerStart } from './protocol.ts';

/** What all workers obey, and who starts later is told. */
export interface Orders {
  readonly table: Map<string, TableEntry>;
  challenges: readonly Challenge[];
  /** The health of a service's endpoints. */
  readings: (service: string) => readonly HealthReading[];
  /** Households whose every connection is asked about; see turnkeeper.ts. */
  watched: () => readonly string[];
}

/** What the workers of a router have in common, whatever they obey. */
export interface Equipment {
  /** The router's own folder. */
  readonly folder: string;
  readonly log: Logger;
  /** How many workers, at least 1. */
  readonly workers: number;
  /** Program of a worker. */
  readonly program: string;
  readonly speaks: Speaks;
  readonly options: ServingOptions;
  readonly key: Uint8Array;
  /** How many routers have handed over to the next before this one. */
  readonly generation: number;
}

export const orderOf = (entry: TableEntry, { readings }: Orders): WorkerEntry => ({
  entry,
  health: readings(entry.routing.service),
});

/** What a worker is told that starts now. */
export function startOf(orders: Orders, equipment: Equipment): WorkerStart {
  const { folder, options, key, workers } = equipment;
  return {
    options,
    key,
    workers,
    accessFolder: join(folder, 'access'),
    acmeFolder: acmeFolderOf(folder),
    challenges: orders.challenges,
    watched: orders.watched(),
    entries: [...orders.table.values()].map((entry) => orderOf(entry, orders)),
  };
}

/** Where ordered certificates are in the router's folder. */
export const acmeFolderOf = (folder: string): string => join(folder, 'acme');
