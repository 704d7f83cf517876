import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './migrations.ts';
import { corrupt, journalError } from './sqlite-error.ts';

/**
 * Opens (or makes, mode 0600) the database, checks it, and brings it to this Teal's schema. Throws Teal's own errors;
 * nothing is written before the checks have passed.
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    closeSync(openSync(path, 'a', 0o600)); // so that SQLite finds it with our mode, which its -wal and -shm copy
    database = new DatabaseSync(path, { timeout: 2_000 });
    check(database, path);
    migrate(database, path);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA foreign_keys = ON');
    return database;
  } catch (error) {
    database?.close();
    throw journalError(error, path);
  }
}

function check(database: DatabaseSync, path: string): void {
  const [found] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (found !== 'ok') throw corrupt(path, `${path}: ${String(found)}`);
}
