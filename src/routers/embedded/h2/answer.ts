import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { grpcAnswer, isGrpcCall } from '../exchange/grpc.ts';
import { type OwnAnswer, render } from '../http/answer.ts';
import { headerOf, type RawHeaders } from '../http/head.ts';
import { headersOf } from './headers.ts';

/** An answer of the router itself; to a call of gRPC as one of its own. What the client still sends of its request is not read. */
export function answerStream(
  stream: ServerHttp2Stream,
  method: string,
  lines: RawHeaders,
  requestId: string | null,
  own: OwnAnswer,
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  if (isGrpcCall(lines)) stream.respond(withStatus(200, grpcAnswer(own, requestId)), { endStream: true });
  else {
    const { head, body } = render(headerOf(lines, 'accept') ?? undefined, requestId, own);
    stream.respond(withStatus(own.status, head), { endStream: method === 'HEAD' });
    if (method !== 'HEAD') stream.end(body);
  }
  leaveRest(stream);
}

function withStatus(status: number, head: RawHeaders): OutgoingHttpHeaders {
  const headers = headersOf(head);
  headers[':status'] = status;
  return headers;
}

/** The answer has been given: tells the client to send nothing more (RFC 9113, 8.1). */
export function leaveRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.endAfterHeaders || stream.closed) return;
  const stop = () => stream.close(constants.NGHTTP2_NO_ERROR);
  stream.resume();
  if (stream.writableFinished) stop();
  else stream.once('finish', stop);
}
