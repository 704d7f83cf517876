import { copyFile, rename, stat, truncate } from 'node:fs/promises';

/** Five old files beside the current one. */
const KEEP = 5;
/** Bytes. */
const LIMIT = 10 * 1024 * 1024;

/**
 * Where a log is over the limit, copies it to `<path>.1` (older ones move up, the oldest goes) and empties it. Copied
 * and not renamed because its writer holds the file open for append and knows nothing of us; lines written between
 * copy and truncation, a few milliseconds, are lost. True when it was rotated.
 */
export async function rotateLog(path: string, limit = LIMIT, keep = KEEP): Promise<boolean> {
  const size = await sizeOf(path);
  if (size <= limit) return false;
  for (let n = keep - 1; n >= 1; n -= 1) await renameIfThere(`${path}.${n}`, `${path}.${n + 1}`);
  await copyFile(path, `${path}.1`);
  await truncate(path);
  return true;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
