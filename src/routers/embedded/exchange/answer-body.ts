import type { RawHeaders } from '../http/head.ts';
import { ChunkScanner, type ChunkSink } from '../wire/chunk-scanner.ts';
import type { ResponseHead } from '../wire/response-head.ts';

type Framing = 'length' | 'chunks' | 'until-close';

/** What is read of a body goes here; the bytes are true until it returns. */
export type TakeContent = (bytes: Buffer, start: number, end: number) => void;

/** The body of one answer in HTTP/1.1, out of its framing. */
export class AnswerBody implements ChunkSink {
  /** Bytes of content so far. */
  size = 0;
  /** Whether bytes came behind its end: nobody can say what they are. */
  surplus = false;
  readonly #take: TakeContent;
  readonly #framing: Framing;
  readonly #chunks: ChunkScanner | null;
  #left: number;
  #trailers = '';

  /** `bodiless`: whatever the head says, none follows. */
  constructor(head: ResponseHead, bodiless: boolean, take: TakeContent) {
    this.#take = take;
    this.#framing = bodiless || head.contentLength >= 0 ? 'length' : head.chunked ? 'chunks' : 'until-close';
    this.#left = bodiless ? 0 : head.contentLength;
    this.#chunks = this.#framing === 'chunks' ? new ChunkScanner(this) : null;
  }

  get whole(): boolean {
    return this.#framing === 'length' ? this.#left === 0 : (this.#chunks?.done ?? false);
  }

  /** Only the closing of the connection tells that it is whole. */
  get untilClose(): boolean {
    return this.#framing === 'until-close';
  }

  /** Whether lines may follow it. */
  get mayHaveTrailers(): boolean {
    return this.#framing === 'chunks';
  }

  /** false: the framing is broken. */
  read(bytes: Buffer, start: number, end: number): boolean {
    if (this.#chunks !== null) {
      const surplus = this.#chunks.scan(bytes, start, end);
      this.surplus = surplus > 0;
      return surplus >= 0;
    }
    const last = this.untilClose ? end : Math.min(end, start + this.#left);
    if (!this.untilClose) this.#left -= last - start;
    this.surplus = last < end;
    if (last > start) this.content(bytes, start, last);
    return true;
  }

  content(bytes: Uint8Array, start: number, end: number): void {
    this.size += end - start;
    this.#take(bytes as Buffer, start, end);
  }

  trailer(byte: number): void {
    this.#trailers += String.fromCharCode(byte);
  }

  /** The lines behind it, once it is whole. */
  trailers(): RawHeaders {
    const raw: string[] = [];
    for (const line of this.#trailers.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) raw.push(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    return raw;
  }
}
