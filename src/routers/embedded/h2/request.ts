import { createMemo } from '../clients/memo.ts';
import type { ClientRequest } from '../exchange/client-end.ts';
import type { RawHeaders } from '../http/head.ts';
import { type Destination, isRefusal, type Refusal, targetOf } from '../http/strict.ts';
import { SPACE, TAB, TOKEN, VALUE } from '../wire/bytes.ts';

/** A request of HTTP/2 that is beyond doubt, and can be said in HTTP/1.1. */
export interface StreamRequest extends ClientRequest {
  /** Without pseudo-headers; all cookies in one line, as HTTP/1.1 wants them. */
  readonly lines: RawHeaders;
  readonly destination: Destination;
  /** What an extended CONNECT (RFC 8441) asks for; null for every other request. */
  readonly protocol: string | null;
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;
}

const PSEUDO: readonly string[] = [':method', ':scheme', ':authority', ':path', ':protocol'];
/** RFC 9113, 8.2.2. */
const FOR_ONE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
const LOOKED_AT = ['te', 'content-length', 'host', 'expect', 'cookie'] as const;
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const LENGTH = /^\d{1,15}$/;
const NO_BREAK_SPACE = 160;

/**
 * Reads the header list of a request. nghttp2 has refused most of what RFC 9113 calls malformed; it is looked at again
 * here, because a line break that came through would become a line of HTTP/1.1.
 */
export function readRequest(raw: RawHeaders): StreamRequest | Refusal {
  const pseudo: (string | null)[] = [null, null, null, null, null];
  const lines: string[] = [];
  let cookies: string[] | null = null;
  let host: string | null = null;
  let contentLength: number | null = null;
  let expectsContinue = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    if (!isValue(value)) return refuse('A value holds what no value may.');
    switch (kindOf(name)) {
      case 'pseudo': {
        const at = PSEUDO.indexOf(name);
        if (at < 0 || pseudo[at] !== null || lines.length > 0 || cookies !== null) {
          return refuse('The pseudo-headers are malformed.');
        }
        pseudo[at] = value;
        continue;
      }
      case 'malformed':
        return refuse('A name holds what no name may.');
      case 'for-one-connection':
        return refuse(`HTTP/2 has no ${name}.`);
      case 'te':
        if (value.toLowerCase() !== 'trailers') return refuse('TE may say trailers alone.');
        break;
      case 'content-length':
        if (contentLength !== null || !LENGTH.test(value)) return refuse('The length is ambiguous.');
        contentLength = Number(value);
        break;
      case 'host':
        if (host !== null) return refuse('More than one Host.');
        host = value;
        break;
      case 'expect':
        if (value.toLowerCase() !== '100-continue')
          return { status: 417, why: 'Only 100-continue is expected here.' };
        expectsContinue = true;
        break;
      case 'cookie':
        cookies ??= [];
        cookies.push(value);
        continue;
    }
    lines.push(name, value);
  }
  if (cookies !== null) lines.push('cookie', cookies.join('; '));

  const [method = null, scheme, named, path = null, protocol = null] = pseudo;
  const authority = named ?? host ?? '';
  if (host !== null && host.toLowerCase() !== authority.toLowerCase()) {
    return refuse('Host and :authority differ.');
  }
  if (method === null || !METHOD.test(method)) return refuse('The method is none.');
  if (method === 'TRACE' || (method === 'CONNECT') !== (protocol !== null)) {
    return { status: 405, why: 'This method is not served.' };
  }
  if (scheme !== 'https') return refuse('The scheme is not https.');
  if (authority === '') return refuse('There is no :authority.');
  if (path === null || !path.startsWith('/')) return refuse('The target of the request is not a path.');
  const destination = targetOf(path, authority);
  if (isRefusal(destination)) return destination;
  const { path: target } = destination;
  return { method, authority, path: target, destination, lines, contentLength, protocol, expectsContinue };
}

type LineKind =
  | 'pseudo'
  | 'malformed'
  | 'for-one-connection'
  | 'te'
  | 'content-length'
  | 'host'
  | 'expect'
  | 'cookie'
  | 'plain';

/** What a line's name says of it; the same few names come again and again. */
const kindOf = createMemo((name: string): LineKind => {
  if (name.startsWith(':')) return 'pseudo';
  if (!isName(name)) return 'malformed';
  if (FOR_ONE_CONNECTION.has(name)) return 'for-one-connection';
  return LOOKED_AT.find((known) => known === name) ?? 'plain';
});

/** By tables, as heads of HTTP/1.1 are read: expressions take several times as long. Without spaces around it. */
function isValue(text: string): boolean {
  const last = text.length - 1;
  for (let i = 0; i <= last; i += 1) if (VALUE[text.charCodeAt(i)] !== 1) return false;
  return last < 0 || (!isSpace(text.charCodeAt(0)) && !isSpace(text.charCodeAt(last)));
}

/** Of what may stand in a value. */
const isSpace = (code: number): boolean => code === SPACE || code === TAB || code === NO_BREAK_SPACE;

/** A token without capitals (RFC 9113, 8.2.1). */
function isName(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (TOKEN[code] !== code || code === 0) return false;
  }
  return text !== '';
}

const refuse = (why: string): Refusal => ({ status: 400, why });
