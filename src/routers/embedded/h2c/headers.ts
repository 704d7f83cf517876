import type { OutgoingHttpHeaders } from 'node:http2';
import { headersOf } from '../h2/headers.ts';
import { HOP_BY_HOP, type RawHeaders } from '../http/head.ts';

/** `Host` and `Transfer-Encoding` are of HTTP/1.1; the former is `:authority` here. */
const OF_HTTP1 = new Set(['host', 'transfer-encoding']);

/** A request as an instance of HTTP/2 is to hear it. */
export function requestHeaders({
  method,
  authority,
  path,
  lines,
  takesTrailers = false,
}: {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly lines: RawHeaders;
  readonly takesTrailers?: boolean;
}): OutgoingHttpHeaders {
  const kept: string[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    if (!OF_HTTP1.has(lines[i]!.toLowerCase())) kept.push(lines[i]!, lines[i + 1]!);
  }
  if (takesTrailers) kept.push('te', 'trailers');
  return {
    ':method': method,
    ':scheme': 'http',
    ...(authority === '' ? {} : { ':authority': authority }),
    ':path': path,
    ...headersOf(kept),
  };
}

/** Lines of an answer, without pseudo-headers and without what HTTP/2 has not (RFC 9113, 8.2.2). */
export function linesOf(raw: RawHeaders): RawHeaders {
  const lines: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    if (name.startsWith(':') || (HOP_BY_HOP.has(name) && name !== 'trailer')) continue;
    lines.push(name, raw[i + 1]!);
  }
  return lines;
}
