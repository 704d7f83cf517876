import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { RawHeaders } from '../http/head.ts';
import { readTrailers } from './request.ts';

/** What becomes of the body of a request on its way. */
export interface UploadEvents {
  /** Something has gone on its way to the instance. `room`: it takes more at once. */
  moved(room: boolean): void;
  ended(): void;
  /** It is not what its head has promised. */
  broken(): void;
  /** It is more than the service takes. */
  tooLarge(): void;
}

const LAST = '0\r\n';

/** The body of one request from its stream into HTTP/1.1: as long as it says it is, else in chunks with trailers. */
export class Upload {
  /** Whether all of it has gone to the instance. */
  done = false;
  readonly #stream: ServerHttp2Stream;
  readonly #length: number | null;
  readonly #most: number;
  readonly #events: UploadEvents;
  #socket: Socket | null = null;
  #sent = 0;
  readonly #trailers: () => RawHeaders;

  /**
   * `length`: what the client said; `most`: what the service takes; null: nothing, and any. `trailers`: what has come
   * behind the body, once that has ended.
   */
  constructor(
    stream: ServerHttp2Stream,
    length: number | null,
    most: number | null,
    trailers: () => RawHeaders,
    events: UploadEvents,
  ) {
    this.#stream = stream;
    this.#trailers = trailers;
    this.#length = length;
    this.#most = most ?? Number.POSITIVE_INFINITY;
    this.#events = events;
  }

  /** The line that says how it is framed. */
  get framing(): RawHeaders {
    return this.#length === null ? ['Transfer-Encoding', 'chunked'] : [];
  }

  /** Until here nothing of the body has been read. */
  begin(to: Socket): void {
    this.#socket = to;
    const stream = this.#stream;
    stream.on('data', (chunk: Buffer) => this.#data(chunk));
    stream.on('end', () => this.#end());
  }

  /** The instance takes more. */
  resume(): void {
    if (!this.done) this.#stream.resume();
  }

  /** Nothing more of it goes anywhere. */
  drop(): void {
    this.#socket = null;
    this.done = true;
    this.#stream.resume();
  }

  #data(chunk: Buffer): void {
    const socket = this.#socket;
    if (socket === null || chunk.length === 0) return;
    this.#sent += chunk.length;
    if (this.#length !== null && this.#sent > this.#length) return void this.#break();
    if (this.#sent > this.#most) {
      this.drop();
      return void this.#events.tooLarge();
    }
    let room: boolean;
    if (this.#length === null) {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      socket.write(chunk);
      room = socket.write('\r\n', 'latin1');
      socket.uncork();
    } else room = socket.write(chunk);
    if (!room) this.#stream.pause();
    this.#events.moved(room);
  }

  #end(): void {
    const socket = this.#socket;
    if (socket === null || this.#stream.aborted) return;
    if (this.#length !== null && this.#sent < this.#length) return void this.#break();
    if (this.#length === null) {
      let text = LAST;
      const trailers = readTrailers(this.#trailers());
      for (let i = 0; i < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
      socket.write(`${text}\r\n`, 'latin1');
    }
    this.done = true;
    this.#events.ended();
  }

  #break(): void {
    this.drop();
    this.#events.broken();
  }
}
