import { statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Longest end of a log that is looked at for its last lines, bytes. */
const TAIL = 64 * 1024;

/** Bytes of a file; 0 where there is none. */
export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** At most the last `lines` lines of what the file holds from byte `from` on, oldest first; none where it is missing. */
export async function readTail(path: string, lines: number, from: number): Promise<string[]> {
  const size = sizeOf(path);
  const begin = Math.max(from, size - TAIL);
  const text = (await readRange(path, begin, size)).toString('utf8');
  const all = text.replace(/\n$/, '').split('\n');
  // The first line of a cut may be a part of one.
  if (begin > from && all.length > 1) all.shift();
  return text === '' || lines === 0 ? [] : all.slice(-lines);
}

/** Bytes `begin` to `end` (exclusive) of a file, as far as they are there; empty where it is missing. */
export async function readRange(path: string, begin: number, end: number): Promise<Buffer> {
  if (end <= begin) return Buffer.alloc(0);
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const buffer = Buffer.alloc(end - begin);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, begin);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
