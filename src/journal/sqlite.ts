import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { TealError } from '../core/error.ts';
import type { Event } from '../core/events.ts';
import type { ServiceState } from '../core/model.ts';
import type { Journal, StoredEvent } from '../core/ports.ts';
import { evidenceTables } from './evidence-tables.ts';
import { openDatabase } from './open-database.ts';
import { corrupt, journalError } from './sqlite-error.ts';

/** How events make a state. */
export interface Fold {
  /** Grows whenever `evolve` gives another state for the same events; snapshots of other folds are not used. */
  readonly version: number;
  initial(service: string): ServiceState;
  evolve(state: ServiceState, event: Event): ServiceState;
}

export interface SqliteJournalOptions {
  /** The database; its folder is made (mode 0700) where it is missing. */
  readonly path: string;
  readonly fold: Fold;
  /** Events of a service between two snapshots. Default 200. */
  readonly snapshotEvery?: number;
}

interface EventRow {
  readonly id: number;
  readonly service: string;
  readonly version: number;
  readonly rollout: string | null;
  readonly body: string;
}

/**
 * The journal in one SQLite database: write-ahead log, every append on disk before it returns. Throws E_JOURNAL_NEWER,
 * E_JOURNAL_CORRUPT, E_JOURNAL_WRITE or E_JOURNAL_BUSY; a file that it refuses is left as it is.
 */
export function sqliteJournal(options: SqliteJournalOptions): Journal {
  const { path, fold, snapshotEvery = 200 } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = openDatabase(path);
  const tables = evidenceTables(database);
  const sql = statements(database);
  const folded = new Map<string, ServiceState>();
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();

  const load = (service: string): ServiceState => {
    const known = folded.get(service);
    if (known) return known;
    const snapshot = sql.snapshot.get(service, fold.version) as { state: string } | undefined;
    let state = snapshot ? parse<ServiceState>(snapshot.state, path) : fold.initial(service);
    for (const row of sql.after.iterate(service, state.version) as Iterable<unknown>) {
      state = fold.evolve(state, parse<Event>((row as EventRow).body, path));
    }
    if (state.version !== versionOf(service)) throw corrupt(path, `events of ${service} are missing`);
    folded.set(service, state);
    return state;
  };
  const versionOf = (service: string) => Number((sql.version.get(service) as { version: number }).version);

  const append: Journal['append'] = (service, expected, rollout, events) => {
    const before = load(service);
    const stored: StoredEvent[] = [];
    let state = before;
    transaction(database, 'FULL', () => {
      const actual = versionOf(service);
      if (actual !== expected) throw conflict(service, expected, actual);
      for (const event of events) {
        const version = expected + stored.length + 1;
        const { lastInsertRowid } = sql.insert.run(service, version, rollout, JSON.stringify(event));
        stored.push({ id: Number(lastInsertRowid), version, service, rollout, event });
        state = fold.evolve(state, event);
      }
      if (Math.floor(expected / snapshotEvery) !== Math.floor(state.version / snapshotEvery)) {
        sql.saveSnapshot.run(service, state.version, fold.version, JSON.stringify(state));
      }
    });
    folded.set(service, state);
    if (stored.length > 0) for (const listener of listeners) listener(stored);
    return state.version;
  };

  return translated(path, {
    services: () => (sql.services.all() as unknown as EventRow[]).map((row) => row.service),
    load,
    append,
    read: (service, after, limit) =>
      (service === null ? sql.readAll.all(after, limit) : sql.readOne.all(service, after, limit)).map((row) =>
        fromRow(row, path),
      ),
    readRollout: (rollout) => sql.readRollout.all(rollout).map((row) => fromRow(row, path)),
    saveEvidence: (service, rollout, block, state, history = []) =>
      transaction(database, 'NORMAL', () => tables.save(service, rollout, block, state, history)),
    loadEvidence: tables.load,
    readHistory: tables.past,
    head: () => Number((sql.head.get() as { id: number }).id),
    size: () => Number((sql.size.get() as { bytes: number }).bytes),
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => database.close(),
  });
}

function statements(database: DatabaseSync) {
  const columns = 'id, service, version, rollout, body';
  return {
    services: database.prepare('SELECT DISTINCT service FROM events ORDER BY service'),
    version: database.prepare('SELECT coalesce(max(version), 0) AS version FROM events WHERE service = ?'),
    insert: database.prepare('INSERT INTO events (service, version, rollout, body) VALUES (?, ?, ?, ?)'),
    after: database.prepare(
      `SELECT ${columns} FROM events WHERE service = ? AND version > ? ORDER BY version`,
    ),
    readAll: database.prepare(`SELECT ${columns} FROM events WHERE id > ? ORDER BY id LIMIT ?`),
    readOne: database.prepare(
      `SELECT ${columns} FROM events WHERE service = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    readRollout: database.prepare(`SELECT ${columns} FROM events WHERE rollout = ? ORDER BY id`),
    snapshot: database.prepare('SELECT state FROM snapshots WHERE service = ? AND fold = ?'),
    saveSnapshot: database.prepare(
      'INSERT OR REPLACE INTO snapshots (service, version, fold, state) VALUES (?, ?, ?, ?)',
    ),
    head: database.prepare('SELECT coalesce(max(id), 0) AS id FROM events'),
    size: database.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size'),
  };
}

/**
 * All or nothing. `FULL` is on disk when it returns, for decisions; `NORMAL` survives the death of the process but may
 * lose the last seconds with the machine's power, for evidence, which would be gone with the router's memory anyway.
 */
function transaction(database: DatabaseSync, durability: 'FULL' | 'NORMAL', work: () => void): void {
  database.exec(`PRAGMA synchronous = ${durability}`);
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function conflict(service: string, expected: number, actual: number): TealError {
  return new TealError('E_JOURNAL_CONFLICT', `The journal of ${service} has gone on meanwhile`, {
    why: `Expected version ${expected}, found ${actual}: another process writes to it.`,
    fix: 'Let one daemon alone use this TEAL_HOME.',
    details: { service, expected, actual },
  });
}

const fromRow = (row: unknown, path: string): StoredEvent => {
  const { id, service, version, rollout, body } = row as EventRow;
  return { id, service, version, rollout, event: parse<Event>(body, path) };
};

function parse<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw corrupt(path, `a row holds no JSON: ${text.slice(0, 40)}`, error);
  }
}

/** The same journal whose errors are Teal's. */
function translated(path: string, journal: Journal): Journal {
  const guard =
    <A extends unknown[], R>(method: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return method(...args);
      } catch (error) {
        throw journalError(error, path);
      }
    };
  return {
    services: guard(journal.services),
    load: guard(journal.load),
    append: guard(journal.append),
    read: guard(journal.read),
    readRollout: guard(journal.readRollout),
    saveEvidence: guard(journal.saveEvidence),
    loadEvidence: guard(journal.loadEvidence),
    readHistory: guard(journal.readHistory),
    head: guard(journal.head),
    size: guard(journal.size),
    onAppend: journal.onAppend,
    close: guard(journal.close),
  };
}
