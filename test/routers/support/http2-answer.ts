import { once } from 'node:events';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';

/** What a stream of HTTP/2 was answered. */
export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Flags of the frame that brought the headers. */
  readonly flags: number;
  readonly bytes: Buffer;
  /** The same as text. */
  readonly body: string;
  /** Empty where none came. */
  readonly trailers: IncomingHttpHeaders;
}

/** Of a stream whose answer has not come yet; rejects where it does not come whole. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (lines: IncomingHttpHeaders) => {
    trailers = lines;
  });
  const [headers, flags] = (await once(stream, 'response')) as [IncomingHttpHeaders, number];
  const bytes = Buffer.concat(await stream.toArray());
  return { status: Number(headers[':status']), headers, flags, bytes, body: bytes.toString(), trailers };
}
