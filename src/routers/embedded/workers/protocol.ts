/** What a router's parent and its workers say to each other. Survives a structured clone. */

import type { Challenge } from '../acme/challenges.ts';
import type { HealthReading } from '../endpoints/health-desk.ts';
import type { ServingOptions } from '../serving.ts';
import type { TableEntry } from '../table/table-store.ts';
import type { Report } from '../telemetry/reporter.ts';
import type { CountsGrowth } from './counts.ts';

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
