// Appends batches of three for ever, as fast as it can, and prints each version once it is appended; ends with the
// code of the error that stops it. A process of its own, so that a test can kill it or take its disk away.
import { writeSync } from 'node:fs';
import { sqliteJournal } from '../../src/journal/sqlite.ts';
import { countingFold } from './counting-fold.ts';
import { note } from './note.ts';

const journal = sqliteJournal({ path: process.argv[2]!, fold: countingFold, snapshotEvery: 5 });
try {
  for (let version = journal.load('shop').version; ; ) {
    const events = [1, 2, 3].map((step) => note(String(version + step)));
    version = journal.append('shop', version, null, events);
    writeSync(1, `${version}\n`);
  }
} catch (error) {
  writeSync(1, `${(error as { code?: string }).code}\n`);
}
