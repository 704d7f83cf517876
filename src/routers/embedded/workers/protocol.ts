/** What a router's parent and its workers say to each other. Survives a structured clone. */

import type { Challenge } from '../acme/challenges.ts';
import type { HealthReading } from '../endpoints/health-desk.ts';
import type { ServingOptions } from '../serving.ts';
import type { TableEntry } from '../table/table-store.ts';
import type { Report } from '../telemetry/reporter.ts';
import type { CountsGrowth, shareOf } from './counts.ts';

/**
 * Of all that routers and workers say to each other, also a router and the one that takes over from it. It grows with every change of
 * that: a parent starts no worker of another, and a router hands over to none of another.
 */
export const PROTOCOL = 1;

/** Which program somebody is. */
export interface Speaks {
  readonly protocol: number;
  /** Of Teal. */
  readonly version: string;
}

/** An entry of the table with the health of its endpoints. */
export interface WorkerEntry {
  readonly entry: TableEntry;
  readonly health: readonly HealthReading[];
}

/** The first thing that a worker is told. */
export interface WorkerStart {
  readonly options: ServingOptions;
  readonly key: Uint8Array;
  /** Where access logs go. */
  readonly accessFolder: string;
  /** Where ordered certificates are. */
  readonly acmeFolder: string;
  /** Of certificate authorities, to be answered now. */
  readonly challenges: readonly Challenge[];
  readonly entries: readonly WorkerEntry[];
  /** How many workers share what a service may have; see {@link shareOf}. */
  readonly workers: number;
  /** Households that it asks about; see turnkeeper.ts. */
  readonly watched: readonly string[];
}

/** What happened in a worker since its last message of this kind. */
export interface WorkerNews {
  readonly report: Report;
  readonly counts: CountsGrowth;
}

/** Once its listeners have been tried. */
export interface WorkerSettled {
  /** Names of the sockets that it listens on or would like to. */
  readonly sockets: readonly string[];
}
