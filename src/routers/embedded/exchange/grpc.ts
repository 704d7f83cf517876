import type { OwnAnswer } from '../http/answer.ts';
import { headerOf, type RawHeaders } from '../http/head.ts';

/** Whether an answer with this head is one of gRPC: how it went stands in `grpc-status`, and its status is 200 in any case. */
export const isGrpc = (lines: RawHeaders): boolean =>
  headerOf(lines, 'content-type')?.startsWith('application/grpc') ?? false;

/** Codes 0 to 16 as statuses of HTTP (google/rpc/code.proto). */
const AS_HTTP = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
const UNKNOWN = 500;

/**
 * The status of HTTP that says of an answer of gRPC what its own does, so that failures are counted as such. `trailers`: what
 * came behind it; one without any has said it in its head. 500 where it says none.
 */
export function grpcStatus(lines: RawHeaders, trailers: RawHeaders): number {
  const code = headerOf(trailers, 'grpc-status') ?? headerOf(lines, 'grpc-status');
  return (code !== null && /^\d{1,2}$/.test(code) ? AS_HTTP[Number(code)] : undefined) ?? UNKNOWN;
}

/** What the client of a stream is told that ends because its instance does: UNAVAILABLE, which is worth another try. */
export const GRPC_RESTART: RawHeaders = [
  'grpc-status',
  '14',
  'grpc-message',
  'the instance is being stopped',
];

/** Whether a request with these lines is a call of gRPC, whose client looks for `grpc-status` and for nothing else. */
export const isGrpcCall = (lines: RawHeaders): boolean => CALL.test(headerOf(lines, 'content-type') ?? '');

/** Not gRPC-Web, which is framed differently. */
const CALL = /^application\/grpc(?:$|[+;\s])/i;

/**
 * An answer of the router itself as lines of a head that is all of it (gRPC over HTTP2, Trailers-Only): the status of HTTP is 200
 * then. Codes as clients would find them without one (grpc/doc/http-grpc-status-mapping.md), but where another says more.
 */
export function grpcAnswer({ status, message }: OwnAnswer, requestId: string | null): RawHeaders {
  const code = AS_GRPC[status] ?? 2;
  const lines = [
    'content-type',
    'application/grpc',
    'grpc-status',
    String(code),
    'grpc-message',
    encoded(message),
  ];
  if (requestId !== null) lines.push('x-request-id', requestId);
  return lines;
}

/** Of what the router answers; UNKNOWN (2) else. */
const AS_GRPC: Readonly<Record<number, number>> = {
  400: 13, // INTERNAL
  404: 12, // UNIMPLEMENTED
  405: 12,
  408: 4, // DEADLINE_EXCEEDED
  413: 8, // RESOURCE_EXHAUSTED
  414: 8,
  431: 8,
  501: 12,
  502: 14, // UNAVAILABLE
  503: 14,
  504: 4,
};

/** UTF-8, of which all but what is printed of ASCII is written as %XX. */
function encoded(message: string): string {
  let text = '';
  for (const byte of Buffer.from(message, 'utf8')) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
