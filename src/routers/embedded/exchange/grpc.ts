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
