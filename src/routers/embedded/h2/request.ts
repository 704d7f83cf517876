import type { ClientRequest } from '../exchange/client-end.ts';
import type { RawHeaders } from '../http/head.ts';
import { type Destination, isRefusal, type Refusal, targetOf } from '../http/strict.ts';
import { TOKEN, VALUE } from '../wire/bytes.ts';

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

const PSEUDO = new Set([':method', ':scheme', ':authority', ':path', ':protocol']);
/** RFC 9113, 8.2.2. */
const FOR_ONE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
const METHOD = /^[A-Z][A-Z-]{0,31}$/;

/**
 * Reads the header list of a request. nghttp2 has refused most of what RFC 9113 calls malformed; it is looked at again
 * here, because a line break that came through would become a line of HTTP/1.1.
 */
export function readRequest(raw: RawHeaders): StreamRequest | Refusal {
  const pseudo = new Map<string, string>();
  const lines: string[] = [];
  const cookies: string[] = [];
  let hosts = 0;
  let host = '';
  let contentLength: number | null = null;
  let expectsContinue = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    if (!isValue(value) || value !== value.trim()) return refuse('A value holds what no value may.');
    if (name.startsWith(':')) {
      if (!PSEUDO.has(name) || pseudo.has(name) || lines.length + cookies.length > 0) {
        return refuse('The pseudo-headers are malformed.');
      }
      pseudo.set(name, value);
      continue;
    }
    if (!isName(name)) return refuse('A name holds what no name may.');
    if (FOR_ONE_CONNECTION.has(name)) return refuse(`HTTP/2 has no ${name}.`);
    if (name === 'te' && value.toLowerCase() !== 'trailers') return refuse('TE may say trailers alone.');
    if (name === 'content-length') {
      if (contentLength !== null || !/^\d{1,15}$/.test(value)) return refuse('The length is ambiguous.');
      contentLength = Number(value);
    } else if (name === 'host') {
      hosts += 1;
      host = value;
    } else if (name === 'expect') {
      if (value.toLowerCase() !== '100-continue')
        return { status: 417, why: 'Only 100-continue is expected here.' };
      expectsContinue = true;
    }
    if (name === 'cookie') cookies.push(value);
    else lines.push(name, value);
  }
  if (cookies.length > 0) lines.push('cookie', cookies.join('; '));
  if (hosts > 1) return refuse('More than one Host.');

  const authority = pseudo.get(':authority') ?? host;
  if (hosts === 1 && host.toLowerCase() !== authority.toLowerCase()) {
    return refuse('Host and :authority differ.');
  }
  const method = pseudo.get(':method') ?? '';
  const protocol = pseudo.get(':protocol') ?? null;
  if (!METHOD.test(method)) return refuse('The method is none.');
  if (method === 'TRACE' || (method === 'CONNECT') !== (protocol !== null)) {
    return { status: 405, why: 'This method is not served.' };
  }
  if (pseudo.get(':scheme') !== 'https') return refuse('The scheme is not https.');
  if (authority === '') return refuse('There is no :authority.');
  const path = pseudo.get(':path') ?? '';
  if (!path.startsWith('/')) return refuse('The target of the request is not a path.');
  const destination = targetOf(path, authority);
  if (isRefusal(destination)) return destination;
  const { path: target } = destination;
  return { method, authority, path: target, destination, lines, contentLength, protocol, expectsContinue };
}

/** By tables, as heads of HTTP/1.1 are read: expressions take several times as long. */
function isValue(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (VALUE[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** A token without capitals (RFC 9113, 8.2.1). */
function isName(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (TOKEN[code] !== code || code === 0) return false;
  }
  return text !== '';
}

const refuse = (why: string): Refusal => ({ status: 400, why });
