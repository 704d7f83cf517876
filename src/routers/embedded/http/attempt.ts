import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { RequestLimits } from '../../../core/service/http-spec.ts';
import { hasBody } from './answer.ts';
import { headerOf, type RawHeaders, responseHead } from './head.ts';
import type { Connection } from './upstream.ts';

/** What one attempt to get an answer from one instance came to. */
export type AttemptResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly outcome: RequestOutcome;
      /** When the answer's head came, in the time of `performance.now()`; null: its time says nothing. */
      readonly headAt: number | null;
      readonly bytesOut: number;
    }
  /** Nothing of the request has reached an instance: another one may have it. */
  | { readonly kind: 'not-reached'; readonly refused: boolean; readonly error: Error }
  /** The instance had it, and nothing came back; the client has not been answered. */
  | { readonly kind: 'failed'; readonly outcome: 'timed-out' | 'cut-off'; readonly error: Error }
  /** It cannot be put into HTTP/1.1 again as it came. */
  | { readonly kind: 'unfit'; readonly error: Error }
  /** `declines` said no to the answer; nothing of it has reached the client. */
  | { readonly kind: 'declined' }
  /** Its body is larger than the service takes. */
  | { readonly kind: 'too-large' }
  /** The client took its time over the body. */
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'gone' };

export interface AttemptOptions {
  readonly path: string;
  readonly head: readonly string[];
  /** Header lines added to the answer. */
  readonly extra: RawHeaders;
  /** Whether an answer with this status is not for the client. Only asked of 400 and above. */
  readonly declines: (status: number) => boolean;
  readonly limits: RequestLimits;
  /** When the request came, in the time of `performance.now()`. */
  readonly startedAt: number;
  /** ms; a client that takes nothing of the answer for so long is let go. */
  readonly sendIdle: number;
  /** Called when the instance leaves the table: an event stream ends then. */
  readonly leaving: Set<() => void>;
  /** The head of the answer is there; `headAt` as in the result. */
  readonly onHead: (headAt: number | null) => void;
}

/** Methods that may be sent again after a connection was found closed (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * Sends the request to one instance and streams the answer to the client, with back-pressure both ways. Never
 * rejects. The connection is given back when it resolves.
 */
export function attempt(
  req: IncomingMessage,
  res: ServerResponse,
  connection: Connection,
  options: AttemptOptions,
): Promise<AttemptResult> {
  return new Promise((resolve) => {
    const upload = hasBody(req) ? createUpload(req, res, options.limits.body) : null;
    let controller: Dispatcher.DispatchController | null = null;
    let reused = false;
    let status = 0;
    let headAt: number | null = null;
    let bytesOut = 0;
    let trailersFit = false;
    let settled = false;

    const settle = (result: AttemptResult, whole: boolean) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      options.leaving.delete(onLeaving);
      res.off('close', onGone);
      res.off('drain', onDrain);
      connection.done(whole);
      resolve(result);
    };
    const onGone = () => {
      settle({ kind: 'gone' }, false);
      controller?.abort(new Error('the client went away'));
    };
    const onLeaving = () => {
      settle({ kind: 'answered', status, outcome: outcomeOf(status), headAt, bytesOut }, false);
      res.end();
      controller?.abort(new Error('the instance leaves'));
    };
    const onDrain = () => {
      res.setTimeout(0);
      controller?.resume();
    };
    const expire = () => {
      if (res.headersSent) {
        settle(
          {
            kind: 'answered',
            status,
            outcome: res.writableNeedDrain ? 'gone' : 'timed-out',
            headAt,
            bytesOut,
          },
          false,
        );
        res.destroy();
      } else if (!req.complete) settle({ kind: 'too-slow' }, false);
      else
        settle({ kind: 'failed', outcome: 'timed-out', error: new Error('the answer took too long') }, false);
      controller?.abort(new Error('the time of the request is over'));
    };
    const { time } = options.limits;
    const timer =
      time === null
        ? undefined
        : setTimeout(expire, Math.max(0, options.startedAt + time - performance.now()));
    res.on('close', onGone);
    res.on('drain', onDrain);
    // It may have gone while an instance was chosen: its closing is over then, and nothing else would end this.
    if (res.closed || res.destroyed) return onGone();

    connection.dispatch(
      {
        path: options.path,
        method: req.method as Dispatcher.HttpMethod,
        headers: options.head as string[],
        // undici takes any asynchronous iterable; its types know only some.
        body: upload === null ? null : (upload.body() as unknown as Readable),
      },
      {
        onRequestStart(given) {
          controller = given;
          reused = connection.reused;
          if (settled) given.abort(new Error('the client went away'));
        },
        onResponseStart(given, code, _headers, message) {
          const raw = textOf(given.rawHeaders);
          if (code < 200) {
            if (code === 103) sendEarlyHints(res, raw);
            return;
          }
          if (code >= 400 && options.declines(code)) {
            settle({ kind: 'declined' }, false);
            given.abort(new Error('the answer is not wanted'));
            return;
          }
          status = code;
          headAt = isEventStream(raw) ? null : performance.now();
          if (headAt === null) {
            clearTimeout(timer);
            if (headerOf(raw, 'content-length') === null) options.leaving.add(onLeaving);
          }
          options.onHead(headAt);
          trailersFit = isChunkedTo(req, code, raw);
          res.writeHead(code, reasonOf(message), responseHead(raw, options.extra, trailersFit));
          // An answer that takes its time to say more is announced at once; else head and body are one packet.
          process.nextTick(() => {
            if (bytesOut === 0 && !res.writableEnded && !res.destroyed) res.flushHeaders();
          });
        },
        onResponseData(given, chunk) {
          bytesOut += chunk.length;
          if (res.write(chunk)) return;
          given.pause();
          res.setTimeout(options.sendIdle);
        },
        onResponseEnd(given) {
          const trailers = textOf(given.rawTrailers);
          if (trailers.length > 0 && trailersFit) res.addTrailers(pairs(trailers));
          settle({ kind: 'answered', status, outcome: outcomeOf(status), headAt, bytesOut }, true);
          res.end();
        },
        onResponseError(_given, error) {
          if (settled) return;
          if (upload?.tooLarge && !res.headersSent) return settle({ kind: 'too-large' }, false);
          if (upload?.broken || res.destroyed) return settle({ kind: 'gone' }, false);
          if (res.headersSent) {
            settle({ kind: 'answered', status, outcome: 'cut-off', headAt, bytesOut }, false);
            res.destroy();
            return;
          }
          settle(failureOf(error), false);
        },
      },
    );

    function failureOf(error: Error): AttemptResult {
      const { code } = error as NodeJS.ErrnoException;
      const refused = code === 'ECONNREFUSED';
      if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return { kind: 'unfit', error };
      if (controller === null) return { kind: 'not-reached', refused, error };
      if (code === 'UND_ERR_HEADERS_TIMEOUT') return { kind: 'failed', outcome: 'timed-out', error };
      const repeatable = upload === null && IDEMPOTENT.has(req.method ?? '');
      // A new connection that is reset, rather than ended: it stood unread in the queue of one that stopped listening.
      const unread = reused ? isClosed(code) : code === 'ECONNRESET';
      return repeatable && unread
        ? { kind: 'not-reached', refused: false, error }
        : { kind: 'failed', outcome: 'cut-off', error };
    }
  });
}

/** The request's body, read only once a connection is there, so that an attempt that finds none leaves it whole. */
function createUpload(req: IncomingMessage, res: ServerResponse, most: number | null) {
  let length = 0;
  const upload = {
    /** The client broke off. */
    broken: false,
    tooLarge: false,
    async *body(): AsyncGenerator<Buffer> {
      try {
        for await (const chunk of req.iterator({ destroyOnReturn: false })) {
          length += (chunk as Buffer).length;
          upload.tooLarge = most !== null && length > most;
          if (upload.tooLarge) throw new Error('the body is too large');
          yield chunk as Buffer;
        }
      } catch (error) {
        upload.broken = !req.complete || res.destroyed;
        throw error;
      }
    },
  };
  return upload;
}

const isClosed = (code: string | undefined): boolean =>
  code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';

/** `2xx` for 200 to 299, and so on. */
export const outcomeOf = (status: number): RequestOutcome =>
  CLASSES[Math.min(5, Math.floor(status / 100)) - 1]!;

/** By the hundreds. Not put together anew for each answer: counts are found by these texts, and sooner by the very same ones. */
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** A reason that is no Latin-1 any more after undici has read it is left out: node would not send the answer. */
const reasonOf = (message: string | undefined): string =>
  message !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(message) ? message : '';

const isEventStream = (raw: RawHeaders): boolean =>
  headerOf(raw, 'content-type')?.startsWith('text/event-stream') ?? false;

/** Whether the answer reaches the client in chunks: only then may trailers follow. */
const isChunkedTo = (req: IncomingMessage, status: number, raw: RawHeaders): boolean =>
  req.httpVersionMinor > 0 &&
  req.method !== 'HEAD' &&
  status !== 204 &&
  status !== 304 &&
  headerOf(raw, 'content-length') === null;

function sendEarlyHints(res: ServerResponse, raw: RawHeaders): void {
  const link = pairs(raw)
    .filter(([name]) => name.toLowerCase() === 'link')
    .map(([, value]) => value);
  if (link.length > 0) res.writeEarlyHints({ link });
}

/** undici gives header lines as bytes, a flat list; they are Latin-1 on the wire. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}

function pairs(raw: RawHeaders): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([raw[i]!, raw[i + 1]!]);
  return list;
}
