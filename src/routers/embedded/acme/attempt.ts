import { readFile, unlink } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../../system/atomic-file.ts';

/** Orders of one certificate that have not succeeded. On disk, so that a restart is no reason to ask again. */
export interface Attempt {
  /** In a row, the one that may be under way among them. */
  readonly failures: number;
  /** When the last one was made, ms since 1970. */
  readonly at: number;
  /** The authority wants to be left alone for so long, in ms; null: it did not say. */
  readonly retryAfter: number | null;
  /** In sentences, with what to do. */
  readonly why: string;
}

const schema = z.object({
  failures: z.int().min(1),
  at: z.number(),
  retryAfter: z.number().nullable(),
  why: z.string(),
});

/** null: there was none, or the file says nothing that could be understood. */
export async function readAttempt(path: string): Promise<Attempt | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code === 'ENOENT') return null;
    throw error;
  }
}

export const writeAttempt = (path: string, attempt: Attempt): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(attempt)}\n`);

export async function forgetAttempt(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
