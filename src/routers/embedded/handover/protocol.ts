/**
 * What a router and the one that takes over from it say to each other; covered by PROTOCOL of workers/protocol.ts. The old one is
 * the parent of the new one. Survives a structured clone.
 */
import type { Challenge } from '../acme/challenges.ts';
import type { HealthReading } from '../endpoints/health-desk.ts';
import type { TableEntry } from '../table/table-store.ts';
import type { Turnkeeper } from '../workers/connections/turnkeeper.ts';
import type { LedgerState } from '../workers/ledger.ts';
import type { WorkerNews } from '../workers/protocol.ts';

/** Tells a new process that it is to take over from its parent; in its environment, as JSON. */
export interface Heirship {
  /** How many routers have handed over to the next before this one. */
  readonly generation: number;
  /** How this one was started, and can be started again. */
  readonly command: readonly string[];
}

const HEIRSHIP = 'TEAL_ROUTER_HEIRSHIP';

export const writeHeirship = (heirship: Heirship): NodeJS.ProcessEnv => ({
  ...process.env,
  [HEIRSHIP]: JSON.stringify(heirship),
});

/** null: this process takes over from nobody. Taken out of the environment, which other processes get from this one. */
export function readHeirship(environ: NodeJS.ProcessEnv): Heirship | null {
  const text = environ[HEIRSHIP];
  delete environ[HEIRSHIP];
  return text === undefined ? null : (JSON.parse(text) as Heirship);
}

/** What is in force when the new router begins. Every later change it is told as one of those who obey. */
export interface HandedOrders {
  readonly entries: readonly TableEntry[];
  readonly readings: readonly (readonly [string, readonly HealthReading[]])[];
  readonly challenges: readonly Challenge[];
  readonly watched: readonly string[];
}

/** What only one of them can have: it makes the new one the router. */
export interface HandedLedger {
  readonly ledger: LedgerState;
  /** When the daemon was heard of last, Unix ms. */
  readonly heartbeatAt: number;
}

/** What one side has its own workers do for the other. */
export interface Order {
  readonly method: string;
  readonly input: unknown;
}

/** As {@link Order}, of those that answer within so many ms. */
export interface Gathering {
  readonly method: string;
  readonly within: number;
}

/** What workers of the other side have told. */
export type Event =
  | { readonly kind: 'noted'; readonly worker: string; readonly news: WorkerNews }
  | { readonly kind: 'gone'; readonly worker: string }
  | { readonly kind: 'lost'; readonly service: string; readonly key: string }
  | { readonly kind: 'stands'; readonly worker: string; readonly key: string; readonly count: number }
  | { readonly kind: 'left'; readonly worker: string; readonly key: string };

/** What a worker of the other side asks; see {@link Turnkeeper}. */
export interface Question {
  readonly worker: string;
  readonly key: string;
  readonly limit: number;
}
