import { rm } from 'node:fs/promises';
import { writeFileAtomic } from './atomic-file.ts';

/**
 * Says in `path` whose something is, for people and their scripts; a lock decides it. Never rejects: a full disk must not keep anything
 * from starting. Where it cannot be written there is no file, since one of an earlier process would have a stranger signalled; `failed`
 * is told why.
 */
export async function writeOwnerFile(
  path: string,
  text: string,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    failed(error);
    await removeOwnerFile(path).catch(failed);
  }
}

/** Takes it away; no error where there is none. */
export const removeOwnerFile = (path: string): Promise<void> => rm(path, { force: true });
