import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { RawHeaders } from '../http/head.ts';

const NOTHING: RawHeaders = [];
const NOBODY = (): void => undefined;

/**
 * A stream from its beginning to its closing. What was made of the request is reached from here alone, and let go of when the stream is over: should
 * something old lead to the stream (see `turnover/`), it leads no further.
 */
export class Arrived {
  readonly stream: ServerHttp2Stream;
  headers: IncomingHttpHeaders;
  raw: RawHeaders;
  /** What has come behind the body; that may be before anybody serves it. */
  trailers: RawHeaders = NOTHING;
  /** The router has reset it, and not for what its client did: that is no nuisance. */
  isCutOff = false;
  /** It became a tunnel, which the router may end with NO_ERROR before it is whole, as a client may. */
  isTunnel = false;
  /** The head of the answer, which node keeps. */
  #sent: string[] | null = null;
  #drained: () => void = NOBODY;
  #closed: () => void = NOBODY;
  #waits = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: RawHeaders) {
    this.stream = stream;
    this.headers = headers;
    this.raw = raw;
    if (stream.endAfterHeaders) return;
    stream.once('trailers', (_headers: IncomingHttpHeaders, _flags: number, lines?: RawHeaders) => {
      this.trailers = lines ?? NOTHING;
    });
  }

  /** Whether nothing can be said on it any more. */
  get isGone(): boolean {
    return this.stream.destroyed || this.stream.aborted;
  }

  /** Who is told that it takes more, after a write that returned false, and that it has closed. */
  attend(drained: () => void, closed: () => void): void {
    this.#drained = drained;
    this.#closed = closed;
  }

  /** Says the head of an answer: a list that is nobody else's. */
  respond(head: string[], options: { readonly endStream: boolean; readonly waitForTrailers: boolean }): void {
    this.#sent = head;
    this.stream.respond(head, options);
  }

  /** Has it told when it takes more. */
  awaitRoom(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.stream.once('drain', () => {
      this.#waits = false;
      this.#drained();
    });
  }

  /** It has closed. */
  close(): void {
    const closed = this.#closed;
    this.headers = {};
    this.raw = NOTHING;
    this.trailers = NOTHING;
    this.#drained = NOBODY;
    this.#closed = NOBODY;
    if (this.#sent !== null) this.#sent.length = 0;
    this.#sent = null;
    closed();
  }
}
