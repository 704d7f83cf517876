import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../system/atomic-file.ts';

/** The secret of each service's preview header, kept (mode 0600) so that links go on working over restarts. */
export interface PreviewSecrets {
  /** Makes one where there is none. */
  of(service: string): Promise<string>;
}

/** `folder` is made, mode 0700. Service names are safe as file names by their schema. */
export function previewSecrets(folder: string): PreviewSecrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return {
    async of(service) {
      const path = join(folder, service);
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      const secret = randomBytes(24).toString('base64url');
      await writeFileAtomic(path, secret, 0o600);
      return secret;
    },
  };
}
