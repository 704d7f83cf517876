import { createHmac, timingSafeEqual } from 'node:crypto';
import { cookieValue, PIN_COOKIE } from '../clients/cookies.ts';
import { createMemo } from '../clients/memo.ts';

/** What a client's page came from. */
export interface Pin {
  readonly release: string;
  /** When the page was loaded, Unix ms. */
  readonly at: number;
}

/** Pins in cookies of the clients: nothing is kept here, so that every worker and every restart knows them all. */
export interface Pins {
  /** The pin in a Cookie header; null where there is none, or one that this router did not make for this service. */
  of(cookies: string | undefined, service: string): Pin | null;
  /** The cookie's value. */
  write(service: string, pin: Pin): string;
}

const SIGNATURE_BYTES = 16;

/** `key`: secret of this router, at least 16 bytes. */
export function createPins(key: Uint8Array): Pins {
  const sign = (service: string, text: string) =>
    createHmac('sha256', key)
      .update(`pin\n${service}\n${text}`)
      .digest()
      .subarray(0, SIGNATURE_BYTES)
      .toString('base64url');

  const read = createMemo((text: string): Pin | null => {
    const end = text.indexOf('\n');
    return parse(text.slice(end + 1), (signed) => sign(text.slice(0, end), signed));
  });

  return {
    of(cookies, service) {
      const value = cookieValue(cookies, PIN_COOKIE);
      return value === null ? null : read(`${service}\n${value}`);
    },
    write(service, { release, at }) {
      const signed = `${encodeURIComponent(release)}.${at.toString(36)}`;
      return `${signed}.${sign(service, signed)}`;
    },
  };
}

function parse(value: string, sign: (signed: string) => string): Pin | null {
  const last = value.lastIndexOf('.');
  const middle = value.lastIndexOf('.', last - 1);
  if (middle <= 0) return null;
  const signed = value.slice(0, last);
  const given = Buffer.from(value.slice(last + 1));
  const right = Buffer.from(sign(signed));
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  return {
    release: decodeURIComponent(value.slice(0, middle)),
    at: Number.parseInt(value.slice(middle + 1, last), 36),
  };
}
