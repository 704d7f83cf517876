import { randomBytes } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../../system/atomic-file.ts';
import type { Logger } from '../../../system/log.ts';

const BYTES = 32;

/**
 * The secret that signs Teal's cookies, mode 0600; made where there is none. With a new key everybody who has only
 * Teal's cookie becomes somebody else, so a damaged one is said aloud.
 */
export async function loadKey(path: string, log: Logger): Promise<Buffer> {
  try {
    const key = await readFile(path);
    if (key.length === BYTES) {
      await chmod(path, 0o600);
      return key;
    }
    log.error({ path }, 'the key of the router is damaged; anonymous clients get new identities');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(BYTES);
  await writeFileAtomic(path, key, 0o600);
  return key;
}
