import type { DatabaseSync } from 'node:sqlite';
import { TealError } from '../core/error.ts';

/** "teal" in ASCII: tells a journal from any other SQLite file. */
const APPLICATION_ID = 0x7465616c;

/** Statement lists, in order; a database's `user_version` is how many of them it has seen. Never change one: add one. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    version INTEGER NOT NULL,
    rollout TEXT,
    body TEXT NOT NULL,
    UNIQUE (service, version)
  ) STRICT;
  CREATE INDEX events_by_rollout ON events (rollout, id) WHERE rollout IS NOT NULL;
  CREATE TABLE snapshots (
    service TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    fold INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE TABLE evidence (
    service TEXT NOT NULL,
    rollout TEXT NOT NULL,
    block INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (service, rollout)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE history (
    service TEXT NOT NULL,
    metric TEXT NOT NULL,
    minute INTEGER NOT NULL,
    n INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    PRIMARY KEY (service, metric, minute)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** The schema version that this Teal writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings a database to {@link SCHEMA_VERSION}, in one transaction. Throws, before anything is written,
 * E_JOURNAL_NEWER for one that a later Teal has written and E_JOURNAL_CORRUPT for one that is no journal.
 */
export function migrate(database: DatabaseSync, path: string): void {
  const version = pragma(database, 'user_version');
  if (version > SCHEMA_VERSION) {
    throw new TealError('E_JOURNAL_NEWER', 'The journal was written by a newer Teal', {
      why: `${path} has schema ${version}; this Teal knows ${SCHEMA_VERSION}.`,
      fix: 'Run the newer Teal again, or point TEAL_HOME somewhere else. Nothing was changed.',
    });
  }
  const application = pragma(database, 'application_id');
  const used = pragma(database, 'schema_version') > 0;
  if (used && application !== APPLICATION_ID) {
    throw new TealError('E_JOURNAL_CORRUPT', 'The file in place of the journal is no journal of Teal', {
      why: `${path} is an SQLite database with application id ${application}.`,
      fix: 'Move it away, or point TEAL_HOME somewhere else. Nothing was changed.',
    });
  }
  if (version === SCHEMA_VERSION) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const statements of MIGRATIONS.slice(version)) database.exec(statements);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
