import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, truncate } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { readRange, sizeOf } from './log-file.ts';

/** Five old files beside the current one. */
const KEEP = 5;
/** Bytes above which a log is rotated. */
export const LOG_LIMIT = 10 * 1024 * 1024;
/** Of a log that has outgrown its limit, so many times the limit are kept at most. */
const KEEP_TIMES = 2;
/** Longest line that is looked for at a cut, bytes. */
const LINE = 64 * 1024;

/**
 * Where a log is over the limit, copies it to `<path>.1` (older ones move up, the oldest goes) and empties it. Copied
 * and not renamed because its writer holds the file open for append and knows nothing of us; lines written between
 * copy and truncation, a few milliseconds, are lost. Of one that is more than twice over the limit only the last lines
 * are kept, so that old logs have a bound. A disk without room for the copy does not keep it from being emptied.
 * True when it was rotated.
 */
export async function rotateLog(path: string, limit = LOG_LIMIT, keep = KEEP): Promise<boolean> {
  const size = sizeOf(path);
  if (size <= limit) return false;
  for (let n = keep - 1; n >= 1; n -= 1) await renameIfThere(`${path}.${n}`, `${path}.${n + 1}`);
  try {
    await copyEnd(path, `${path}.1`, size, limit * KEEP_TIMES);
  } catch (error) {
    if (!isFull(error)) throw error;
    await rm(`${path}.1`, { force: true });
  }
  await truncate(path);
  return true;
}

/** At most `most` bytes, those after the first `size - most` of a longer one, from the beginning of a line on. */
async function copyEnd(from: string, to: string, size: number, most: number): Promise<void> {
  const start = size > most ? await nextLine(from, size - most) : 0;
  // It grows meanwhile.
  const source = createReadStream(from, { start, end: start + most - 1 });
  await pipeline(source, createWriteStream(to, { mode: 0o640 }));
}

/** Where the first line begins that does so at `place` or after it; `place` where the lines are too long. */
async function nextLine(path: string, place: number): Promise<number> {
  const newline = (await readRange(path, place - 1, place - 1 + LINE)).indexOf('\n');
  return newline === -1 ? place : place + newline;
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
