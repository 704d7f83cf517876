import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Authority, openAuthority } from './authority.ts';
import { certificateRequest } from './certificate-request.ts';
import type { Challenge } from './challenges.ts';
import { broken, refusalOf, slow } from './failure.ts';

/** What is ordered of whom. */
export interface OrderOptions {
  readonly host: string;
  readonly directory: string;
  readonly caFile: string | null;
  readonly email: string;
  /** Of the account. */
  readonly key: KeyObject;
  /** From its end on the router answers exactly these challenges, whichever worker is asked. */
  readonly publish: (challenges: readonly Challenge[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Between questions whether something is done, unless the authority says how long to wait; ms. */
const PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** An authority that needs longer is given up on, in ms. */
const DONE_WITHIN = 180_000;

/**
 * Obtains a certificate for a host, by challenges over HTTP (RFC 8555, 7.4 and 8.3). Returns its key, itself and its chain in PEM;
 * rejects with an {@link AcmeFailure} that says why there is none.
 */
export async function orderCertificate(options: OrderOptions): Promise<string> {
  const authority = await openAuthority(options);
  try {
    return await follow(authority, options);
  } finally {
    await authority.close();
  }
}

async function follow(
  authority: Authority,
  { host, directory, publish, signal }: OrderOptions,
): Promise<string> {
  const identifiers = [{ type: 'dns', value: host }];
  const placed = await authority.post(authority.newOrder, { identifiers });
  const order = placed.body as Order;
  const { location } = placed;
  if (location === null || !Array.isArray(order?.authorizations))
    throw broken(directory, 'Its order is none.');
  try {
    for (const url of order.authorizations) await prove(url);
  } finally {
    await publish([]);
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await authority.post(order.finalize, { csr: certificateRequest(host, privateKey).toString('base64url') });
  const done = await settled<Order>(
    location,
    (one) => one.status !== 'processing' && one.status !== 'pending' && one.status !== 'ready',
    'The order',
  );
  if (done.status !== 'valid' || done.certificate === undefined) throw refusalOf(directory, null, done.error);
  const { text } = await authority.post(done.certificate, null);
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${text}`;

  /** Shows that the host is ours. */
  async function prove(url: string): Promise<void> {
    const { status, challenges } = (await authority.post(url, null)).body as Authorization;
    if (status === 'valid') return;
    const challenge = challenges.find(({ type }) => type === 'http-01');
    if (challenge === undefined) throw broken(directory, 'It offers no challenge by HTTP (http-01).');
    const { token } = challenge;
    await publish([{ host, token, answer: authority.keyAuthorization(token) }]);
    await authority.post(challenge.url, {});
    const proven = await settled<Authorization>(url, (one) => one.status !== 'pending', 'The challenge');
    if (proven.status === 'valid') return;
    throw refusalOf(directory, null, proven.challenges.find(({ error }) => error !== undefined)?.error);
  }

  /** Asks until it is done. */
  async function settled<T>(url: string, isDone: (value: T) => boolean, what: string): Promise<T> {
    const end = Date.now() + DONE_WITHIN;
    for (;;) {
      const { body, retryAfter } = await authority.post(url, null);
      if (isDone(body as T)) return body as T;
      if (Date.now() > end) throw slow(directory, what);
      await wait(Math.min(retryAfter ?? PAUSE, LONGEST_PAUSE), undefined, { signal });
    }
  }
}

/** RFC 8555, 7.1.3. */
interface Order {
  readonly status: string;
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  readonly error?: unknown;
}

/** RFC 8555, 7.1.4. */
interface Authorization {
  readonly status: string;
  readonly challenges: readonly {
    readonly type: string;
    readonly url: string;
    readonly token: string;
    readonly error?: unknown;
  }[];
}
