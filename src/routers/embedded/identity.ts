import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { IdentifySpec } from '../../core/service-spec.ts';
import { cookieValue } from './cookies.ts';

/** Name of Teal's own cookie. It carries a random id and its signature, nothing about the user. */
export const TEAL_COOKIE = 'teal_id';

const ID_BYTES = 16;
const YEAR_SECONDS = 31_536_000;

/** Who a request comes from, as far as the assignment is concerned. */
export interface Client {
  /** Stable over the client's requests; hashed into its bucket. Never logged. */
  readonly identity: string;
  /** Value of Set-Cookie that makes the identity last; null: none is needed. */
  readonly setCookie: string | null;
}

/** Finds and mints identities with a secret key. */
export interface Identities {
  /**
   * The configured header or cookie; else Teal's own cookie, if its signature is right; else, for a browser's
   * navigation, a new one; else a keyed hash of `address` and the user agent.
   */
  of(headers: IncomingHttpHeaders, identify: IdentifySpec, address: string): Client;
}

/** `key`: secret of this router, at least 16 bytes. */
export function createIdentities(key: Uint8Array): Identities {
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  const sign = (id: string) => digest(`cookie\n${id}`).subarray(0, ID_BYTES).toString('base64url');

  const verified = (value: string): string | null => {
    const dot = value.indexOf('.');
    if (dot <= 0) return null;
    const id = value.slice(0, dot);
    const given = Buffer.from(value.slice(dot + 1));
    const right = Buffer.from(sign(id));
    return given.length === right.length && timingSafeEqual(given, right) ? id : null;
  };

  const mint = (): Client => {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const attributes = `Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax`;
    return { identity: id, setCookie: `${TEAL_COOKIE}=${id}.${sign(id)}; ${attributes}` };
  };

  return {
    of(headers, identify, address) {
      const configured = configuredIdentity(headers, identify);
      if (configured !== null) return { identity: configured, setCookie: null };
      const cookie = cookieValue(headers.cookie, TEAL_COOKIE);
      const id = cookie === null ? null : verified(cookie);
      if (id !== null) return { identity: id, setCookie: null };
      if (headers['sec-fetch-mode'] === 'navigate') return mint();
      const hash = digest(`address\n${address}\n${headers['user-agent'] ?? ''}`).toString('base64url');
      return { identity: hash, setCookie: null };
    },
  };
}

function configuredIdentity(headers: IncomingHttpHeaders, identify: IdentifySpec): string | null {
  if (identify.kind === 'auto') return null;
  const value =
    identify.kind === 'cookie'
      ? cookieValue(headers.cookie, identify.name)
      : headers[identify.name.toLowerCase()];
  return typeof value === 'string' && value !== '' ? value : null;
}
