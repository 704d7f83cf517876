import { withoutOwnCookies } from '../clients/cookies.ts';
import { createMemo } from '../clients/memo.ts';
import { PREVIEW_HEADER } from '../clients/preview.ts';
import type { Forwarded } from '../visit/peer.ts';
import { TRACEPARENT, TRACESTATE } from '../visit/trace.ts';
import { VIA } from '../visit/via.ts';
import type { Visit } from '../visit/visit.ts';

/** Headers as they stand on the wire: name, value, name, value; case, order and duplicates kept. */
export type RawHeaders = readonly string[];

/** For one connection only (RFC 9110, 7.6.1), and what has meaning only there. Lower case. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]);

const SET_ANEW = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  PREVIEW_HEADER,
];

/**
 * Set by Teal, whatever the client says. Also with `_` for `-`: WSGI, PHP and everything else in the manner of CGI takes
 * the two for one, and would believe a client that it is somebody else.
 */
export const REPLACED: ReadonlySet<string> = new Set(SET_ANEW.flatMap(lookAlikes));

/** The name with any of its hyphens as underscores, itself first. */
function lookAlikes(name: string): string[] {
  return name.split('-').reduce<string[]>((all, part, i) => {
    if (i === 0) return [part];
    return ['-', '_'].flatMap((joint) => all.map((before) => before + joint + part));
  }, []);
}

/** Lines of Teal's that stand beside an instance's own, rather than for them. Lower case. */
export const JOINS: ReadonlySet<string> = new Set(['set-cookie', 'via']);

/** Framing and routing: Connection cannot take these away. */
const KEPT = new Set(['host', 'content-length']);

/** What the instance is told besides what the client wrote. */
export interface Introduction {
  readonly forwarded: Pick<Forwarded, 'for' | 'proto' | 'host'>;
  readonly requestId: string;
  /** The name of the trace that begins here; null: the client's goes on. */
  readonly trace: string | null;
  readonly via: boolean;
}

/** As a visit has it. */
export const introductionOf = ({ forwarded, requestId, trace, service }: Visit): Introduction => ({
  forwarded,
  requestId,
  trace,
  via: service.http.via,
});

/**
 * The head that an instance gets: without what is for this connection or for Teal alone, with who asks. `host`: as it is
 * asked for, where the Host line was, or first. `open`: the length of the body is not known, so that it goes in chunks and
 * lines may follow it.
 */
export function requestHead(
  raw: RawHeaders,
  host: string,
  { forwarded, requestId, trace, via }: Introduction,
  open = false,
): string[] {
  const named = namedInConnection(raw);
  const head: string[] = [];
  let hosted = false;
  let framed = !open;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const { lower, kind } = nameOf(raw[i]!);
    if (kind === 'host') {
      head.push(raw[i]!, host);
      hosted = true;
      continue;
    }
    if (kind === 'ends-here') {
      if (open && lower === 'transfer-encoding' && !framed) {
        head.push(raw[i]!, 'chunked');
        framed = true;
      } else if (open && lower === 'trailer' && !named.has(lower)) head.push(raw[i]!, raw[i + 1]!);
      continue;
    }
    if (named !== NONE && named.has(lower)) continue;
    if (kind === 'trace' && trace !== null) continue;
    const value = kind === 'cookie' ? withoutOwnCookies(raw[i + 1]!) : raw[i + 1]!;
    if (value !== null) head.push(raw[i]!, value);
  }
  if (!hosted) head.unshift('Host', host);
  if (!framed) head.push('Transfer-Encoding', 'chunked');
  head.push('X-Forwarded-For', forwarded.for, 'X-Forwarded-Proto', forwarded.proto);
  head.push('X-Forwarded-Host', forwarded.host, 'X-Request-Id', requestId);
  if (trace !== null) head.push(TRACEPARENT, trace);
  if (via) head.push('Via', VIA);
  return head;
}

/** The head that the client gets, plus `extra`. `trailers`: whether the client can be sent some after the body. */
export function responseHead(raw: RawHeaders, extra: RawHeaders, trailers = false): string[] {
  const named = namedInConnection(raw);
  const replaced = new Set<string>();
  for (let i = 0; i < extra.length; i += 2) {
    const name = extra[i]!.toLowerCase();
    if (!JOINS.has(name)) replaced.add(name);
  }
  const head: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (HOP_BY_HOP.has(name) && !(trailers && name === 'trailer')) continue;
    if (named.has(name) || replaced.has(name)) continue;
    head.push(raw[i]!, raw[i + 1]!);
  }
  head.push(...extra);
  return head;
}

/** The first header of that (lower-case) name; null where there is none. */
export function headerOf(raw: RawHeaders, name: string): string | null {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.length === name.length && raw[i]!.toLowerCase() === name) return raw[i + 1]!;
  }
  return null;
}

/** Whether an answer with this head goes on for as long as both ends like. */
export const isEventStream = (raw: RawHeaders): boolean =>
  headerOf(raw, 'content-type')?.startsWith('text/event-stream') ?? false;

/** What its Connection lines name beside `close` and `keep-alive`, in lower case; what has to reach the other end all the same is left out. */
export function namedInConnection(raw: RawHeaders): ReadonlySet<string> {
  let named: Set<string> | null = null;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.length !== 10 || raw[i]!.toLowerCase() !== 'connection') continue;
    for (const token of raw[i + 1]!.split(',')) {
      const name = token.trim().toLowerCase();
      if (name === '' || name === 'close' || name === 'keep-alive' || KEPT.has(name)) continue;
      named ??= new Set();
      named.add(name);
    }
  }
  return named ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();

type LineKind = 'host' | 'ends-here' | 'trace' | 'cookie' | 'plain';

/** What is asked of the name of each line of a request; the same few come again and again. */
const nameOf = createMemo((name: string): { readonly lower: string; readonly kind: LineKind } => {
  const lower = name.toLowerCase();
  return { lower, kind: kindOf(lower) };
});

function kindOf(lower: string): LineKind {
  if (lower === 'host' || lower === 'cookie') return lower;
  if (lower === TRACEPARENT || lower === TRACESTATE) return 'trace';
  return HOP_BY_HOP.has(lower) || REPLACED.has(lower) ? 'ends-here' : 'plain';
}
