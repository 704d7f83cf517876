import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TealError } from '../../../core/error.ts';
import { writeFileAtomic } from '../../../system/atomic-file.ts';
import type { Home } from '../../../system/home.ts';
import type { ProcessIdentity } from '../../../system/process/process-identity.ts';
import type { Program, ProgramExit } from './program.ts';

/** A program as the next supervisor must know it. Holds references to secrets, never their values. */
export interface UnitRecord {
  readonly program: Program;
  readonly process: ProcessIdentity | null;
  readonly failed: boolean;
  readonly startedAt: number | null;
  readonly restarts: number;
  /** Recent exits, Unix ms. */
  readonly exits: readonly number[];
  readonly lastExit: ProgramExit | null;
  readonly port: number | null;
  readonly logStart: number;
}

/** What should run under an id, and what does. They differ while one is being replaced or stopped. */
export interface StoredEntry {
  readonly target: Program | null;
  readonly unit: UnitRecord | null;
}

const VERSION = 1;

/** The supervisor's memory: one file, replaced atomically, mode 0600. */
export interface StateFile {
  /** Rejects with E_SUPERVISOR_STATE where the file is damaged or of a newer Teal; nothing is overwritten then. */
  load(): Promise<readonly StoredEntry[]>;
  /** Resolves when what `entries` gave at some moment after this call is on the disk. */
  save(): Promise<void>;
}

/** `entries` gives what is to be written. */
export function stateFile(home: Home, entries: () => readonly StoredEntry[]): StateFile {
  const path = join(home.supervisor, 'state.json');
  const save = coalesced(() =>
    writeFileAtomic(path, JSON.stringify({ version: VERSION, entries: entries() })),
  );
  return { load: () => load(path), save };
}

async function load(path: string): Promise<readonly StoredEntry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const damaged = (why: string) =>
    new TealError('E_SUPERVISOR_STATE', "Cannot read the supervisor's state", {
      why: `${path}: ${why}`,
      fix: 'Move the file away; instances that run now must then be stopped by hand.',
    });
  let state: { version?: unknown; entries?: unknown };
  try {
    state = JSON.parse(text) as typeof state;
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  }
  if (state.version !== VERSION) throw damaged(`it has version ${state.version}, this Teal knows ${VERSION}`);
  if (!Array.isArray(state.entries)) throw damaged('it holds no entries');
  return state.entries as StoredEntry[];
}

/** At most one write at a time and one waiting, which serves everybody who asked meanwhile. */
function coalesced(write: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null;
  let waiting: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    const mine: Promise<void> = write().finally(() => {
      if (current === mine) current = null;
    });
    current = mine;
    return mine;
  };
  return () => {
    if (current === null) return begin();
    waiting ??= current
      .catch(() => undefined) // told to those who asked for it
      .then(() => {
        waiting = null;
        return begin();
      });
    return waiting;
  };
}
