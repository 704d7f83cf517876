import { constants, type ServerHttp2Stream } from 'node:http2';
import { type OwnAnswer, render } from '../http/answer.ts';
import { headerOf, type RawHeaders } from '../http/head.ts';
import { headersOf } from './headers.ts';

/** An answer of the router itself. What the client still sends of its request is not read. */
export function answerStream(
  stream: ServerHttp2Stream,
  method: string,
  lines: RawHeaders,
  requestId: string | null,
  own: OwnAnswer,
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const { head, body } = render(headerOf(lines, 'accept') ?? undefined, requestId, own);
  const headers = headersOf(head);
  headers[':status'] = own.status;
  stream.respond(headers, { endStream: method === 'HEAD' });
  if (method !== 'HEAD') stream.end(body);
  leaveRest(stream);
}

/** The answer has been given: tells the client to send nothing more (RFC 9113, 8.1). */
export function leaveRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.endAfterHeaders || stream.closed) return;
  const stop = () => stream.close(constants.NGHTTP2_NO_ERROR);
  stream.resume();
  if (stream.writableFinished) stop();
  else stream.once('finish', stop);
}
