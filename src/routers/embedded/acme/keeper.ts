import { mkdir } from 'node:fs/promises';
import { TealError } from '../../../core/error.ts';
import type { ListenSpec } from '../../../core/service/service-spec.ts';
import type { ObservedRouting } from '../../../core/world.ts';
import { writeFileAtomic } from '../../../system/atomic-file.ts';
import { type Certificate, readCertificate } from '../../../system/certificate.ts';
import type { Logger } from '../../../system/log.ts';
import { accountKey } from './account-key.ts';
import { forgetAttempt, readAttempt, writeAttempt } from './attempt.ts';
import type { Challenge } from './challenges.ts';
import type { AcmeFailure } from './failure.ts';
import { acmeFiles } from './files.ts';
import { renewalAt, retryAt } from './schedule.ts';
import { remarkOn, type Standing, withRemark } from './standing.ts';
import { type Wish, type Wishes, wishesOf, wishKey } from './wishes.ts';

/** Orders and renews certificates, in one process of a router, one after the other. */
export interface CertificateKeeper {
  /** What all services that are in the table want. Their listeners are open. */
  want(listens: readonly ListenSpec[]): void;
  /** With what is to be said of the service's certificate. */
  remark(listen: ListenSpec, observed: ObservedRouting): ObservedRouting;
  /** Orders nothing more; one that is under way is given up. */
  close(): Promise<void>;
}

export interface CertificateKeeperOptions {
  /** Holds accounts and certificates; made when the first one is wanted. */
  readonly folder: string;
  readonly log: Logger;
  /** Makes the whole router answer exactly these challenges. */
  readonly publish: (challenges: readonly Challenge[]) => Promise<void>;
}

/** At the latest after so many ms it is looked again what is due: files may have been taken away, clocks been set. */
const LOOK = 60_000;
const SOONEST = 1_000;

export function createCertificateKeeper({
  folder,
  log,
  publish,
}: CertificateKeeperOptions): CertificateKeeper {
  const spread = Math.random();
  const stop = new AbortController();
  const standings = new Map<string, Standing>();
  let wishes: Wishes = { certificates: new Map(), answerable: false };
  let wanted = '';
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const lookAtAll = async (): Promise<void> => {
    clearTimeout(timer);
    if (stop.signal.aborted) return;
    let next = Date.now() + LOOK;
    for (const [key, wish] of wishes.certificates) {
      if (stop.signal.aborted) return;
      next = Math.min(next, await attend(key, wish));
    }
    if (stop.signal.aborted || wishes.certificates.size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(SOONEST, next - Date.now()));
    timer.unref();
  };
  const look = () => {
    round = round.then(lookAtAll);
  };

  /** Orders it if it is time to; returns when it will be next. */
  const attend = async (key: string, wish: Wish): Promise<number> => {
    try {
      const due = await take(key, wish);
      if (due > Date.now()) return due;
      if (standings.get(key)?.obstacle !== null) return Date.now() + LOOK;
      await order(wish);
      return await take(key, wish);
    } catch (error) {
      if (stop.signal.aborted) return Number.POSITIVE_INFINITY;
      // The disk: as long as an order cannot be recorded, none is made.
      const obstacle = `Nothing can be ordered: ${(error as Error).message}`;
      if (standings.get(key)?.obstacle !== obstacle) log.error({ err: error, host: wish.host }, obstacle);
      standings.set(key, { wish, life: null, attempt: null, ...standings.get(key), obstacle });
      return Date.now() + LOOK;
    }
  };

  /** Reads how it is with it; returns when it is due. */
  const take = async (key: string, wish: Wish): Promise<number> => {
    const files = acmeFiles(folder, wish.directory, wish.host);
    const [certificate, attempt] = await Promise.all([held(files.pem), readAttempt(files.attempt)]);
    const life =
      certificate === null ? null : { from: Date.parse(certificate.leaf.validFrom), to: certificate.validTo };
    const obstacle = wishes.answerable
      ? null
      : 'No listener without TLS could answer the challenge: add `redirect: 80` to `listen`.';
    standings.set(key, { wish, life, attempt, obstacle });
    return Math.max(
      life === null ? 0 : renewalAt(life, spread),
      attempt === null ? 0 : retryAt(attempt, spread),
    );
  };

  /** Recorded as a failure before it is made, so that whatever ends it does not lead to another one at once. */
  const order = async (wish: Wish): Promise<void> => {
    const { host, directory } = wish;
    const files = acmeFiles(folder, directory, host);
    await mkdir(files.folder, { recursive: true, mode: 0o700 });
    const before = await readAttempt(files.attempt);
    const failures = (before?.failures ?? 0) + 1;
    const at = Date.now();
    const why = 'The last order did not come to its end.';
    await writeAttempt(files.attempt, { failures, at, retryAfter: null, why });
    log.info({ host, directory }, 'a certificate is ordered');
    try {
      const key = await accountKey(files.account);
      // Loaded here, so that a router that orders nothing does not pay for it.
      const { orderCertificate } = await import('./order.ts');
      const pem = await orderCertificate({ ...wish, key, publish, signal: stop.signal });
      await writeFileAtomic(files.pem, pem);
      await forgetAttempt(files.attempt);
      log.info({ host, directory }, 'a certificate was obtained');
    } catch (error) {
      if (stop.signal.aborted) {
        // Given up by ourselves, which says nothing against trying again.
        await (before === null ? forgetAttempt(files.attempt) : writeAttempt(files.attempt, before));
        throw error;
      }
      const retryAfter = (error as Partial<AcmeFailure>).retryAfter ?? null;
      await writeAttempt(files.attempt, { failures, at, retryAfter, why: inSentences(error) });
      log.error({ err: error, host, directory }, 'a certificate was not obtained');
    }
  };

  return {
    want(listens) {
      const next = wishesOf(listens);
      const shape = JSON.stringify([...next.certificates, next.answerable]);
      if (shape === wanted) return;
      wanted = shape;
      wishes = next;
      for (const key of standings.keys()) if (!next.certificates.has(key)) standings.delete(key);
      if (next.certificates.size > 0) look();
    },
    remark(listen, observed) {
      const key = wishKey(listen);
      const wish = key === null ? undefined : wishes.certificates.get(key);
      if (key === null || wish === undefined) return observed;
      // Not looked at yet: another one is being ordered.
      const standing = standings.get(key);
      return standing === undefined ? observed : withRemark(observed, remarkOn(standing, spread, Date.now()));
    },
    async close() {
      stop.abort();
      clearTimeout(timer);
      await round;
    },
  };
}

/** null: there is none, or it is of no use and has to be ordered again. */
async function held(path: string): Promise<Certificate | null> {
  try {
    return await readCertificate({ cert: path, key: path });
  } catch (error) {
    if (error instanceof TealError) return null;
    throw error;
  }
}

function inSentences(error: unknown): string {
  const told =
    error instanceof TealError ? error : { message: 'The order failed', why: String(error), fix: undefined };
  return [`${told.message}: ${told.why}`, told.fix ?? ''].map(ended).join(' ').trim();
}

const ended = (sentence: string): string =>
  sentence === '' || /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
