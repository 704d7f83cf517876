import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IdentifySpec } from '../../../core/service/service-spec.ts';
import { cookieAttributes, cookieValue, ID_COOKIE } from './cookies.ts';
import { createMemo } from './memo.ts';
import type { ReadHeader } from './read-header.ts';

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
   * navigation, a new one; else a keyed hash of `address` and the user agent. `secure`: the client came by TLS.
   */
  of(header: ReadHeader, identify: IdentifySpec, address: string, secure?: boolean): Client;
}

/** `key`: secret of this router, at least 16 bytes. */
export function createIdentities(key: Uint8Array): Identities {
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  const sign = (id: string) => digest(`cookie\n${id}`).subarray(0, ID_BYTES).toString('base64url');

  const verify = (value: string): string | null => {
    const dot = value.indexOf('.');
    if (dot <= 0) return null;
    const id = value.slice(0, dot);
    const given = Buffer.from(value.slice(dot + 1));
    const right = Buffer.from(sign(id));
    return given.length === right.length && timingSafeEqual(given, right) ? id : null;
  };

  // A signature costs more than all else that is decided of a request, and clients come back.
  const verified = createMemo(verify);
  const hashed = createMemo((text: string) => digest(text).toString('base64url'));

  const mint = (secure: boolean): Client => {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const attributes = cookieAttributes('/', YEAR_SECONDS, secure);
    return { identity: id, setCookie: `${ID_COOKIE}=${id}.${sign(id)}; ${attributes}` };
  };

  return {
    of(header, identify, address, secure = false) {
      const configured = configuredIdentity(header, identify);
      if (configured !== null) return { identity: configured, setCookie: null };
      const cookie = cookieValue(header('cookie'), ID_COOKIE);
      const id = cookie === null ? null : verified(cookie);
      if (id !== null) return { identity: id, setCookie: null };
      if (header('sec-fetch-mode') === 'navigate') return mint(secure);
      return { identity: hashed(`address\n${address}\n${header('user-agent') ?? ''}`), setCookie: null };
    },
  };
}

function configuredIdentity(header: ReadHeader, identify: IdentifySpec): string | null {
  if (identify.kind === 'auto') return null;
  const value =
    identify.kind === 'cookie'
      ? cookieValue(header('cookie'), identify.name)
      : header(identify.name.toLowerCase());
  return value === undefined || value === null || value === '' ? null : value;
}
