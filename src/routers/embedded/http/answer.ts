import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** An answer of the router itself. */
export interface OwnAnswer {
  readonly status: number;
  /** One sentence for whoever reads it; nothing of the request in it. */
  readonly message: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Further header lines: name, value, name, value. */
  readonly headers?: readonly string[];
}

/** An own answer as it goes out. */
export interface Rendered {
  /** Header lines: name, value, name, value. */
  readonly head: string[];
  readonly body: string;
}

/** As JSON to clients that ask for JSON, else as plain text. `accept`: the header of that name. */
export function render(
  accept: string | undefined,
  requestId: string | null,
  { status, message, retryAfter, headers = [] }: OwnAnswer,
): Rendered {
  const json = wantsJson(accept);
  const body = json
    ? `${JSON.stringify({ error: { status, message, ...(requestId === null ? {} : { request: requestId }) } })}\n`
    : `${status} ${STATUS_CODES[status] ?? ''}: ${message}\n`;
  const head = [
    'Content-Type',
    json ? 'application/json' : 'text/plain; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    ...(requestId === null ? [] : ['X-Request-Id', requestId]),
    ...(retryAfter === undefined ? [] : ['Retry-After', String(retryAfter)]),
    ...headers,
  ];
  return { head, body };
}

/** Sends it, as JSON to clients that ask for JSON, else as plain text. Does nothing once a head was sent. */
export function answer(
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string | null,
  own: OwnAnswer,
): void {
  if (res.headersSent || res.destroyed) return;
  const { head, body } = render(req.headers.accept, requestId, own);
  // A body that nobody is going to read must not keep the connection busy.
  if (!req.complete && hasBody(req)) head.push('Connection', 'close');
  res.writeHead(own.status, head);
  res.end(req.method === 'HEAD' ? undefined : body);
}

export const hasBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

const wantsJson = (accept: string | undefined): boolean =>
  accept !== undefined &&
  /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(accept) &&
  !/\btext\/html\b/i.test(accept);
