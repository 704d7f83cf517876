import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Journal } from '../../src/core/ports.ts';
import { sqliteJournal } from '../../src/journal/sqlite.ts';
import { journalContract } from './contract.ts';
import { countingFold } from './counting-fold.ts';
import { note } from './note.ts';

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'teal-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'home', 'teal.db');
}

function openAt(path: string): Journal {
  const journal = sqliteJournal({ path, fold: countingFold, snapshotEvery: 5 });
  onTestFinished(() => {
    try {
      journal.close();
    } catch {
      // closed by the test itself
    }
  });
  return journal;
}

describe('contract', () => {
  journalContract(async () => {
    const path = await temporaryFile();
    return () => openAt(path);
  });
});

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** Starts the writer; `acknowledged` grows with each version that it says is appended. */
function startWriter(path: string, limitBlocks?: number) {
  const command = limitBlocks === undefined ? '' : `ulimit -f ${limitBlocks}; `;
  const child = spawn('/bin/sh', ['-c', `${command}exec "$0" "$1" "$2"`, process.execPath, WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const reading = once(
    createInterface({ input: child.stdout }).on('line', (line) => void said.push(line)),
    'close',
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said, ended: Promise.all([once(child, 'exit'), reading]) };
}

test('kill -9 in the middle of appends loses nothing that was acknowledged and leaves no half batch', async () => {
  const path = await temporaryFile();
  let acknowledged = 0;
  for (const lines of [3, 11, 29]) {
    const writer = startWriter(path);
    while (writer.said.length < lines) await once(writer.child.stdout, 'data');
    writer.child.kill('SIGKILL');
    await writer.ended;
    acknowledged = Math.max(acknowledged, ...writer.said.filter((line) => /^\d+$/.test(line)).map(Number));
    const journal = openAt(path);
    const state = journal.load('shop');
    expect(state.version).toBeGreaterThanOrEqual(acknowledged);
    expect(state.version % 3).toBe(0);
    expect(state.handled).toEqual(Array.from({ length: state.version }, (_, index) => String(index + 1)));
    journal.close();
  }
});

test('a disk that refuses is E_JOURNAL_WRITE, loses nothing before it, and appends again when there is room', async () => {
  const path = await temporaryFile();
  const writer = startWriter(path, 256);
  await writer.ended;
  expect(writer.said.at(-1)).toBe('E_JOURNAL_WRITE');
  const acknowledged = Number(writer.said.at(-2));
  const journal = openAt(path);
  expect(journal.load('shop').version).toBe(acknowledged);
  expect(journal.append('shop', acknowledged, null, [note('room')])).toBe(acknowledged + 1);
});

test('a file that is no database is refused and stays as it is', async () => {
  const path = await temporaryFile();
  openAt(path).close();
  writeFileSync(path, 'This is not a database, but somebody may want it. '.repeat(100));
  const before = readFileSync(path);
  expect(() => openAt(path)).toThrow(expect.objectContaining({ code: 'E_JOURNAL_CORRUPT' }));
  expect(readFileSync(path)).toEqual(before);
});

test('a database with damaged pages is refused and stays as it is', async () => {
  const path = await temporaryFile();
  const journal = openAt(path);
  journal.append(
    'shop',
    0,
    null,
    Array.from({ length: 200 }, (_, index) => note(`${index}`.padEnd(200))),
  );
  journal.close();
  const damaged = readFileSync(path);
  damaged.fill(0xff, 4096, damaged.length - 4096);
  writeFileSync(path, damaged);
  expect(() => openAt(path)).toThrow(expect.objectContaining({ code: 'E_JOURNAL_CORRUPT' }));
  expect(readFileSync(path).equals(damaged)).toBe(true);
});

test("another program's database is refused and stays as it is", async () => {
  const path = await temporaryFile();
  openAt(path).close();
  await rm(path);
  const foreign = new DatabaseSync(path);
  foreign.exec('CREATE TABLE birds (name TEXT)');
  foreign.close();
  const before = readFileSync(path);
  expect(() => openAt(path)).toThrow(expect.objectContaining({ code: 'E_JOURNAL_CORRUPT' }));
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a journal of a newer Teal is refused and stays as it is', async () => {
  const path = await temporaryFile();
  openAt(path).close();
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  const before = readFileSync(path);
  expect(() => openAt(path)).toThrow(
    expect.objectContaining({ code: 'E_JOURNAL_NEWER', why: expect.stringContaining('99') }),
  );
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a journal with a hole is refused', async () => {
  const path = await temporaryFile();
  const journal = openAt(path);
  journal.append('shop', 0, null, [note('a'), note('b'), note('c')]);
  journal.close();
  const database = new DatabaseSync(path);
  database.exec('DELETE FROM events WHERE version = 2');
  database.close();
  expect(() => openAt(path).load('shop')).toThrow(expect.objectContaining({ code: 'E_JOURNAL_CORRUPT' }));
});

test('only its owner can read it', async () => {
  const path = await temporaryFile();
  const journal = openAt(path);
  journal.append('shop', 0, null, [note('a')]);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.skipIf(process.getuid?.() === 0)('a file without permission is E_JOURNAL_WRITE', async () => {
  const path = await temporaryFile();
  openAt(path).close();
  chmodSync(path, 0o400);
  expect(() => openAt(path).append('shop', 0, null, [note('a')])).toThrow(
    expect.objectContaining({ code: 'E_JOURNAL_WRITE' }),
  );
});

test('a snapshot of another fold is not used', async () => {
  const path = await temporaryFile();
  const journal = openAt(path);
  journal.append(
    'shop',
    0,
    null,
    Array.from({ length: 9 }, (_, index) => note(String(index))),
  );
  journal.close();
  const shouting = sqliteJournal({
    path,
    fold: {
      ...countingFold,
      version: 2,
      evolve: (state, event) =>
        countingFold.evolve(state, event.type === 'note' ? { ...event, text: `${event.text}!` } : event),
    },
  });
  onTestFinished(() => shouting.close());
  expect(shouting.load('shop').handled[0]).toBe('0!');
});
