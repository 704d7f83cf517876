import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Visit } from '../visit/visit.ts';
import { type ErrorPage, PLAIN_PAGE } from './error-page.ts';
import { sayFarewell } from './farewell.ts';

/** An answer of the router itself. */
export interface OwnAnswer {
  readonly status: number;
  /** One sentence for whoever reads it; nothing of the request in it. */
  readonly message: string;
  /** The message is for a program: it is the whole body, whatever form the client asks for. */
  readonly verbatim?: boolean;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Further header lines: name, value, name, value. */
  readonly headers?: readonly string[];
  /** The service's own page for people; absent or null: a plain one. */
  readonly page?: ErrorPage | null;
}

/** An own answer as it goes out. */
export interface Rendered {
  /** Header lines: name, value, name, value. */
  readonly head: string[];
  readonly body: string;
}

/** As JSON or HTML to clients that ask for it, else as plain text. `accept`: the header of that name. */
export function render(
  accept: string | undefined,
  requestId: string | null,
  { status, message, verbatim = false, retryAfter, headers = [], page }: OwnAnswer,
): Rendered {
  const reason = STATUS_CODES[status] ?? '';
  const form = verbatim ? 'text' : formOf(accept);
  const body =
    form === 'json'
      ? `${JSON.stringify({ error: { status, message, ...(requestId === null ? {} : { request: requestId }) } })}\n`
      : form === 'html'
        ? (page ?? PLAIN_PAGE)({ status, reason, message, request: requestId })
        : verbatim
          ? message
          : `${status} ${reason}: ${message}\n`;
  const head = [
    'Content-Type',
    TYPES[form],
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

/** Sends it in the form that the client asks for. Does nothing once a head was sent. */
export function answer(
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string | null,
  own: OwnAnswer,
): void {
  if (res.headersSent || res.destroyed) return;
  const { head, body } = render(req.headers.accept, requestId, own);
  // A body that nobody is going to read must not keep the connection busy.
  if (!req.complete && hasBody(req)) {
    head.push('Connection', 'close');
    sayFarewell(req.socket);
  }
  res.writeHead(own.status, head);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** As {@link answer}, to a request that has found its service. */
export const tell = (req: IncomingMessage, res: ServerResponse, visit: Visit, own: OwnAnswer): void =>
  answer(req, res, visit.requestId, { ...own, page: visit.service.page });

export const TOO_SLOW: OwnAnswer = { status: 408, message: 'The rest of the request did not come.' };
export const TOO_LARGE: OwnAnswer = {
  status: 413,
  message: 'The body of the request is larger than this service takes.',
};

export const hasBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

const TYPES = {
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
} as const;

/** HTML to those that name it, as browsers do; else JSON to those that name that; else text. */
function formOf(accept: string | undefined): keyof typeof TYPES {
  if (accept === undefined) return 'text';
  if (/\btext\/html\b/i.test(accept)) return 'html';
  return /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(accept) ? 'json' : 'text';
}
