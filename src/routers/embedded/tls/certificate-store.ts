import { createSecureContext, type SecureContext } from 'node:tls';
import type { TealError } from '../../../core/error.ts';
import type { CertificateFiles } from '../../../core/service/service-spec.ts';
import { type Certificate, expiryOf, isValid, readCertificate } from '../../../system/certificate.ts';
import type { Logger } from '../../../system/log.ts';
import { TLS_SETTINGS } from './settings.ts';

/** A certificate with what node's TLS needs of it. */
export interface LoadedCertificate extends Certificate {
  readonly context: SecureContext;
}

/** What is known of one pair of files. */
export interface CertificateState {
  /** The last one that was good; null: none so far. */
  readonly certificate: LoadedCertificate | null;
  /** Why the files are of no use as they are now; null: they are in use. */
  readonly problem: string | null;
}

/**
 * The certificates of all listeners, read again when their files change. One that is out of date never takes the place of
 * one that is good.
 */
export interface CertificateStore {
  /** From now on exactly these are kept. Resolves when each of them has been read, or found to be of no use. */
  want(files: readonly CertificateFiles[]): Promise<void>;
  /** Resolves once what was wanted last has been read. */
  ready(): Promise<void>;
  state(files: CertificateFiles): CertificateState;
  /** In a sentence each: what is wrong with these files although something is served, and what ends soon. */
  warnings(files: readonly CertificateFiles[], now: number): readonly string[];
  close(): void;
}

interface Entry {
  readonly files: CertificateFiles;
  certificate: LoadedCertificate | null;
  problem: string | null;
}

const UNKNOWN: CertificateState = { certificate: null, problem: 'It has not been read yet.' };

/**
 * Files are looked at each `every` ms: their content, since tools replace files, links and folders in many ways.
 * `onChange` is called after one of them has become another certificate.
 */
export function createCertificateStore(log: Logger, every: number, onChange: () => void): CertificateStore {
  const entries = new Map<string, Entry>();
  let reading: Promise<void> = Promise.resolve();

  const look = async (entry: Entry): Promise<void> => {
    const { cert } = entry.files;
    try {
      const found = await readCertificate(entry.files);
      const { certificate: old } = entry;
      if (isWorse(found, old, Date.now()))
        return refuse(entry, `The certificate ${cert} ${expiryOf(found, Date.now())}`);
      if (entry.problem !== null) log.info({ cert }, 'the certificate is good again');
      entry.problem = null;
      if (old !== null && old.chain === found.chain && old.key === found.key) return;
      const { chain, key } = found;
      entry.certificate = { ...found, context: createSecureContext({ ...TLS_SETTINGS, cert: chain, key }) };
      log.info(
        { cert, until: found.leaf.validTo },
        old === null ? 'certificate loaded' : 'certificate changed',
      );
      onChange();
    } catch (error) {
      const { message, why } = error as TealError;
      refuse(entry, why === undefined ? message : `${message}: ${why}`);
    }
  };

  function refuse(entry: Entry, problem: string): void {
    if (problem !== entry.problem)
      log.error({ cert: entry.files.cert, problem }, 'a certificate cannot be used');
    entry.problem = problem;
  }

  /** One round after the other, so that what was read first never takes the place of what was read later. */
  const lookAtAll = (): Promise<void> => {
    reading = reading.then(async () => {
      await Promise.all([...entries.values()].map(look));
    });
    return reading;
  };

  const timer = setInterval(lookAtAll, every);
  timer.unref();

  const state = (files: CertificateFiles): CertificateState => entries.get(keyOf(files)) ?? UNKNOWN;

  return {
    want(files) {
      const wanted = new Map(files.map((pair) => [keyOf(pair), pair]));
      for (const key of entries.keys()) if (!wanted.has(key)) entries.delete(key);
      for (const [key, pair] of wanted) {
        if (!entries.has(key)) entries.set(key, { files: pair, certificate: null, problem: null });
      }
      return lookAtAll();
    },
    ready: () => reading,
    state,
    warnings(files, now) {
      return files.flatMap((pair) => {
        const { certificate, problem } = state(pair);
        if (certificate === null) return [];
        const expiry = expiryOf(certificate, now);
        const old = problem === null ? [] : [`${problem}. The certificate before it is still in use.`];
        return expiry === null ? old : [...old, `The certificate ${pair.cert} ${expiry}.`];
      });
    },
    close: () => clearInterval(timer),
  };
}

/** No client would take it, while those that there are take the old one. */
const isWorse = (found: Certificate, old: Certificate | null, now: number): boolean =>
  old !== null && isValid(old, now) && !isValid(found, now);

const keyOf = ({ cert, key }: CertificateFiles): string => `${cert}\n${key}`;
