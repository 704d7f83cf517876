import { randomBytes } from 'node:crypto';
import type { ServerHttp2Stream } from 'node:http2';
import type { OwnAnswer } from '../http/answer.ts';
import { headerOf, introductionOf, type RawHeaders, requestHead, responseHead } from '../http/head.ts';
import { StreamSide } from '../tunnel/side.ts';
import type { Declined, Switched } from '../upgrade/reply.ts';
import type { TunnelEnd } from '../upgrade/upgrade.ts';
import { acceptOf } from '../upgrade/websocket-key.ts';
import type { Visit } from '../visit/visit.ts';
import { answerStream } from './answer.ts';
import { headersOf } from './headers.ts';
import type { StreamRequest } from './request.ts';

/** The client's end of a WebSocket over a stream (RFC 8441): instances of HTTP/1.1 are asked for the upgrade that means the same. */
export function streamTunnel(
  stream: ServerHttp2Stream,
  request: StreamRequest,
  protocol: string,
  visit: Visit,
): TunnelEnd {
  const left = new AbortController();
  stream.once('close', () => left.abort());
  const key = randomBytes(16).toString('base64');
  const { authority, path } = request;
  const head = requestHead(withoutOwn(request.lines), authority, introductionOf(visit));
  return {
    request: { method: 'GET', authority, path, protocol, head: [...head, 'Sec-WebSocket-Key', key] },
    gone: left.signal,
    isAgreed: ({ by, lines }: Switched) =>
      by === 'h2c' || headerOf(lines, 'sec-websocket-accept') === acceptOf(key),
    isRefusal: (status: number) => status >= 300,
    say: (own: OwnAnswer) => answerStream(stream, request.method, request.lines, visit.requestId, own),
    decline({ status, lines }: Declined, extra: RawHeaders) {
      stream.respond(statusWith(status, responseHead(lines, extra)));
      return stream;
    },
    endUnread: () => void stream.destroy(new Error('the client does not read')),
    open(reply: Switched, extra: RawHeaders) {
      if (stream.destroyed) return null;
      const lines = reply.lines.flatMap((name, index, all) =>
        index % 2 === 0 && name.toLowerCase() !== 'sec-websocket-accept' ? [name, all[index + 1]!] : [],
      );
      stream.respond(statusWith(200, responseHead(lines, extra)));
      return { side: new StreamSide(stream), early: Buffer.alloc(0) };
    },
  };
}

/** A key is the router's own to choose, and a tunnel has no length. */
function withoutOwn(lines: RawHeaders): RawHeaders {
  const kept: string[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    if (lines[i] !== 'sec-websocket-key' && lines[i] !== 'content-length')
      kept.push(lines[i]!, lines[i + 1]!);
  }
  return kept;
}

function statusWith(status: number, raw: RawHeaders) {
  const headers = headersOf(raw);
  headers[':status'] = status;
  return headers;
}
