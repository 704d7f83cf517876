import { TealError } from '../core/error.ts';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const PERM = 3;
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/**
 * What an error of SQLite means to people: E_JOURNAL_WRITE where the disk refuses, E_JOURNAL_CORRUPT where the file is
 * damaged, E_JOURNAL_BUSY where another process holds it. Anything else, a TealError among it, stays itself.
 */
export function journalError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  const why = `${path}: ${(error as Error).message}`;
  switch (code) {
    case FULL:
    case IOERR:
    case READONLY:
    case PERM:
    case CANTOPEN:
      return new TealError('E_JOURNAL_WRITE', 'The journal cannot be written', {
        why,
        fix: 'Make room on the disk and check who may write there; Teal goes on by itself. A rollback works meanwhile.',
        cause: error,
      });
    case CORRUPT:
    case NOTADB:
      return corrupt(path, why, error);
    case BUSY:
      return new TealError('E_JOURNAL_BUSY', 'Another process holds the journal', {
        why,
        fix: 'Close what has it open, for example an `sqlite3` shell in a transaction.',
        cause: error,
      });
    default:
      return error;
  }
}

/** The journal cannot be read any more. */
export function corrupt(path: string, why: string, cause?: unknown): TealError {
  return new TealError('E_JOURNAL_CORRUPT', 'The journal is damaged', {
    why,
    fix: `Restore ${path} from a backup, or move it away to begin anew; instances and router go on serving. Nothing was overwritten.`,
    cause,
  });
}

function primaryCode(error: unknown): number | null {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : null;
}
