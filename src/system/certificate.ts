import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TealError } from '../core/error.ts';
import type { CertificateFiles } from '../core/service/service-spec.ts';

/** A certificate whose key fits. */
export interface Certificate {
  /** The first of the chain. */
  readonly leaf: X509Certificate;
  /** PEM: it and its chain. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  /** The last moment at which it is good, in ms since 1970. */
  readonly validTo: number;
}

/**
 * Reads a certificate and its key. Rejects with E_TLS_FILE where a file cannot be read, E_TLS_CERTIFICATE where one of
 * them is no PEM of its kind, E_TLS_MISMATCH where the key is another one's. One that has expired is no error here.
 */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const chain = await read(files.cert);
  // One file for both is read once: it may be replaced at any time.
  const key = files.key === files.cert ? chain : await read(files.key);
  const leaf = leafOf(chain, files.cert);
  if (!leaf.checkPrivateKey(keyOf(key, files.key))) {
    throw new TealError(
      'E_TLS_MISMATCH',
      `The key ${files.key} does not belong to the certificate ${files.cert}`,
      {
        fix: 'Name the key that the certificate was made with.',
        exitCode: 2,
      },
    );
  }
  return { leaf, chain, key, validTo: Date.parse(leaf.validTo) };
}

/** Below this time left, in ms, somebody should see to it: two weeks. */
const SOON = 14 * 86_400_000;

/** What is to be said of how long it is good; null: long enough. */
export function expiryOf({ validTo, leaf }: Certificate, now: number): string | null {
  const until = new Date(validTo).toISOString().slice(0, 10);
  if (validTo <= now) return `expired on ${until}`;
  if (Date.parse(leaf.validFrom) > now) {
    return `is good only from ${new Date(leaf.validFrom).toISOString().slice(0, 10)} on`;
  }
  return validTo - now < SOON ? `expires on ${until}` : null;
}

/** Whether it is good at this moment: from its first to its last. */
export const isValid = ({ validTo, leaf }: Certificate, now: number): boolean =>
  Date.parse(leaf.validFrom) <= now && now < validTo;

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TealError('E_TLS_FILE', `${path} cannot be read`, {
      why: code === 'ENOENT' ? 'There is no such file.' : message,
      fix: 'Correct `listen.tls` in teal.yaml, or make the file readable for the user who runs Teal.',
      cause: error,
      exitCode: 2,
    });
  }
}

function leafOf(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw broken(path, 'no certificate in PEM', error);
  }
}

function keyOf(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const locked = /ENCRYPTED/.test(pem);
    throw broken(
      path,
      locked ? 'a key with a passphrase, which nobody could type in' : 'no key in PEM',
      error,
    );
  }
}

const broken = (path: string, what: string, cause: unknown): TealError =>
  new TealError('E_TLS_CERTIFICATE', `${path} is ${what}`, {
    fix: 'Write the certificate with its chain into `cert`, and its key without a passphrase into `key`, both in PEM.',
    cause,
    exitCode: 2,
  });
