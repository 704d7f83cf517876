import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { broken, refusalOf, unreachable, untrusted } from './failure.ts';
import { createSigner } from './jws.ts';

/** A certificate authority, as one account sees it (RFC 8555). Every method rejects with an {@link AcmeFailure}. */
export interface Authority {
  readonly newOrder: string;
  /** What answers the challenge of this token (RFC 8555, 8.1). */
  keyAuthorization(token: string): string;
  /** A signed request; `payload` null: it only asks. */
  post(url: string, payload: object | null): Promise<Reply>;
  close(): Promise<void>;
}

export interface Reply {
  readonly body: unknown;
  /** As it came: certificates are no JSON. */
  readonly text: string;
  /** Address of what was made. */
  readonly location: string | null;
  /** Ask again after so many ms; null: it does not say. */
  readonly retryAfter: number | null;
}

export interface AuthorityOptions {
  /** Where the authority says what it offers. */
  readonly directory: string;
  /** PEM file of a root that is trusted besides the well-known ones; null: there is none. */
  readonly caFile: string | null;
  readonly key: KeyObject;
  readonly email: string;
  readonly signal: AbortSignal;
}

const JSON_TYPE = 'application/jose+json';
/** How long one answer may take, in ms, and how large it may be, in bytes. */
const ANSWERS_WITHIN = 30_000;
const LARGEST = 1_048_576;
/** A nonce may be refused for many reasons, all of which end by taking the next one (RFC 8555, 6.5). */
const NONCES = 10;

/** Opens the account of this key, which agrees to the terms of service; makes it if there is none. */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { directory, caFile, key, email, signal } = options;
  // Most routers never order a certificate, and it takes 14 MB.
  const { Agent, request } = await import('undici');
  const roots = caFile === null ? [] : [await readFile(caFile, 'utf8').catch(untrusted(caFile))];
  const dispatcher = new Agent({
    maxResponseSize: LARGEST,
    headersTimeout: ANSWERS_WITHIN,
    bodyTimeout: ANSWERS_WITHIN,
    connect: {
      timeout: ANSWERS_WITHIN,
      ...(roots.length === 0 ? {} : { ca: [...rootCertificates, ...roots] }),
    },
  });
  const signer = createSigner(key);
  let nonce: string | null = null;
  let account: string | null = null;

  const send = async (url: string, method: 'GET' | 'HEAD' | 'POST', body: string | null) => {
    const headers = { 'user-agent': 'teal', ...(body === null ? {} : { 'content-type': JSON_TYPE }) };
    try {
      const answer = await request(url, { method, headers, body, dispatcher, signal });
      const text = await answer.body.text();
      const header = (name: string) => [answer.headers[name]].flat()[0] ?? null;
      nonce = header('replay-nonce') ?? nonce;
      return { status: answer.statusCode, text, header };
    } catch (error) {
      throw unreachable(directory, error);
    }
  };

  const freshNonce = async (at: string): Promise<string> => {
    if (nonce === null) await send(at, 'HEAD', null);
    if (nonce === null) throw broken(directory, 'It gives no nonces.');
    const taken = nonce;
    nonce = null;
    return taken;
  };

  const post = async (url: string, payload: object | null): Promise<Reply> => {
    for (let left = NONCES; ; left -= 1) {
      const body = signer.sign({ url, nonce: await freshNonce(offers.newNonce), account, payload });
      const { status, text, header } = await send(url, 'POST', body);
      const retryAfter = waitOf(header('retry-after'), Date.now());
      if (status < 300) return { body: parsed(text), text, location: header('location'), retryAfter };
      const refusal = refusalOf(directory, status, parsed(text), retryAfter);
      if (refusal.kind !== 'badNonce' || left <= 1) throw refusal;
    }
  };

  const open = async (): Promise<void> => {
    // An account that there is already is found by its key.
    const made = await post(offers.newAccount, { termsOfServiceAgreed: true, contact: [`mailto:${email}`] });
    if (made.location === null) throw broken(directory, 'It does not say where the account is.');
    account = made.location;
  };

  let offers: Offers;
  try {
    const { status, text } = await send(directory, 'GET', null);
    offers = offersOf(status < 300 ? parsed(text) : null, directory);
    await open();
  } catch (error) {
    await dispatcher.destroy();
    throw error;
  }
  return {
    newOrder: offers.newOrder,
    keyAuthorization: (token) => `${token}.${signer.thumbprint}`,
    post,
    close: () => dispatcher.destroy(),
  };
}

interface Offers {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
}

function offersOf(value: unknown, directory: string): Offers {
  const { newNonce, newAccount, newOrder } = (value ?? {}) as Record<string, unknown>;
  if (typeof newNonce !== 'string' || typeof newAccount !== 'string' || typeof newOrder !== 'string') {
    throw broken(directory, 'What it answers is no directory of ACME.');
  }
  return { newNonce, newAccount, newOrder };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a certificate, or the error page of a proxy
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), in ms from now. */
function waitOf(value: string | null, now: number): number | null {
  if (value === null) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
