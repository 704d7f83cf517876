import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { constants } from 'node:http2';
import {
  type AnswerHead,
  type Errand,
  type ErrandEvents,
  type ErrandRequest,
  InstanceReset,
} from '../exchange/errand.ts';
import { readTrailers } from '../exchange/trailers.ts';
import { headersOf } from '../h2/headers.ts';
import { headerOf, type RawHeaders } from '../http/head.ts';
import { linesOf, requestHeaders } from './headers.ts';
import type { InstanceSession, StreamWaiter } from './instance-session.ts';
import type { SessionPool } from './session-pool.ts';

const EARLY_HINTS = 103;
const BODILESS = new Set([204, 304]);

/** One request on its way at an instance that speaks HTTP/2: a stream among others. */
export class H2cErrand implements Errand, StreamWaiter {
  readonly #pool: SessionPool;
  readonly #forHead: boolean;
  readonly #headSize: number;
  readonly #events: ErrandEvents;
  #session: InstanceSession;
  #stream: ClientHttp2Stream | null = null;
  #head: AnswerHead | null = null;
  #trailers: RawHeaders = [];
  /** Characters of heads before the one of the answer (1xx). */
  #interim = 0;
  #over = false;

  /** `forHead`: no body follows the answer; `headSize`: bytes of an answer's head at most. */
  constructor(pool: SessionPool, forHead: boolean, headSize: number, events: ErrandEvents) {
    this.#pool = pool;
    this.#forHead = forHead;
    this.#headSize = headSize;
    this.#events = events;
    this.#session = pool.acquire();
    this.#session.enter(this);
  }

  get isOpen(): boolean {
    return this.#session.isReady;
  }

  get isFull(): boolean {
    return this.#stream?.writableNeedDrain ?? false;
  }

  ready(): void {
    this.#guard(() => this.#events.opened());
  }

  crowded(): void {
    this.#session.leave(this);
    this.#session = this.#pool.acquire();
    this.#session.enter(this);
    if (this.#session.isReady) this.ready();
  }

  unreached(error: NodeJS.ErrnoException | null): void {
    this.#end();
    this.#guard(() => this.#events.unreached(error?.code === 'ECONNREFUSED', error));
  }

  send(request: ErrandRequest): void {
    const stream = this.#session.request(requestHeaders(request), request.body === 'none');
    this.#stream = stream;
    stream.on('error', () => undefined); // the closing follows
    stream.on('headers', (_headers, _flags, raw?: RawHeaders) => this.#guard(() => this.#early(raw ?? [])));
    stream.on('response', (headers, flags, raw?: RawHeaders) =>
      this.#guard(() => this.#answered(headers, flags, raw ?? [])),
    );
    stream.on('drain', () => this.#guard(() => this.#events.drained()));
    stream.on('trailers', (_headers: IncomingHttpHeaders, _flags: number, raw?: RawHeaders) => {
      this.#trailers = raw ?? [];
    });
    stream.on('end', () => this.#guard(() => this.#ended()));
    stream.on('close', () => this.#guard(() => this.#closed(stream)));
  }

  write(chunk: Buffer): boolean {
    const stream = this.#stream!;
    return !stream.writable || stream.write(chunk);
  }

  end(trailers: RawHeaders): void {
    const stream = this.#stream!;
    if (!stream.writable) return;
    const lines = headersOf(trailers);
    stream.once('wantTrailers', () => stream.sendTrailers(lines));
    stream.end();
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  done(uploaded: boolean): void {
    const stream = this.#stream;
    this.#session.reused = true;
    this.#end();
    // What the instance does not wait for, it need not be sent (RFC 9113, 8.1).
    if (!uploaded && stream !== null) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  abandon(): void {
    const stream = this.#stream;
    this.#end();
    stream?.close(constants.NGHTTP2_CANCEL);
    stream?.resume();
  }

  #early(raw: RawHeaders): void {
    if (this.#over) return;
    // All of them together, or an instance could go on for ever.
    for (const part of raw) this.#interim += part.length;
    if (this.#interim > this.#headSize) {
      return void this.#events.broken(new Error('the answer is malformed'), 'begun');
    }
    if (Number(headerOf(raw, ':status')) !== EARLY_HINTS) return;
    const links: string[] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i] === 'link') links.push(raw[i + 1]!);
    this.#events.hinted(links);
  }

  #answered(headers: IncomingHttpHeaders & IncomingHttpStatusHeader, flags: number, raw: RawHeaders): void {
    const stream = this.#stream!;
    const status = headers[':status'] ?? 0;
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const head = {
      status,
      reason: '',
      lines: linesOf(raw),
      hasLength: headers['content-length'] !== undefined,
      isWhole,
      mayHaveTrailers: !isWhole && !this.#forHead && !BODILESS.has(status),
    };
    this.#head = head;
    stream.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#guard(() => this.#events.content(chunk));
    });
    this.#events.answered(head);
    if (this.#over) return;
    if (isWhole) return void this.#events.whole([]);
    // What has come with the head is told before it is said that more is waited for.
    setImmediate(() => {
      if (!this.#over) this.#guard(() => this.#events.waits());
    });
  }

  #ended(): void {
    // A stream that was reset may look as if it had ended.
    const stream = this.#stream!;
    if (this.#over || this.#head === null || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    this.#events.whole(readTrailers(this.#trailers));
  }

  #closed(stream: ClientHttp2Stream): void {
    if (this.#over) return;
    const { error, reused } = this.#session;
    const lost = !this.#session.isUsable;
    const ignored = this.#session.hasIgnored(stream);
    this.#end();
    const what = this.#head !== null ? 'begun' : ignored ? 'unprocessed' : lost && reused ? 'stale' : 'begun';
    const code = stream.rstCode ?? 0;
    const why = error ?? new InstanceReset(`the instance has reset the stream: ${codeName(code)}`, code);
    this.#events.broken(why, what);
  }

  /** Nothing that comes counts any more. Once. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#session.leave(this);
    this.#pool.left(this.#session);
  }

  /** A defect in serving one request ends that one, never the router. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#events.fault(error);
    }
  }
}

const CODES = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT'];
CODES.push('STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR');
CODES.push('CONNECT_ERROR', 'ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED');

const codeName = (code: number): string => CODES[code] ?? String(code);
