import { CR, HEX, LF, SEMICOLON, SPACE, TAB, TOKEN, VALUE } from './bytes.ts';

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILER = 6;
const TRAILER_NAME = 7;
const TRAILER_VALUE = 8;
const TRAILER_LF = 9;
const LAST_LF = 10;
const DONE = 11;

/** Eight hexadecimal digits: chunks of up to 4 GB. */
const MAX_DIGITS = 8;
const MAX_TRAILERS = 16_384;

/** Gets what is inside the chunks, where the framing does not go on with it. */
export interface ChunkSink {
  content(bytes: Uint8Array, start: number, end: number): void;
  /** A byte of the lines behind the last chunk, up to the empty one. */
  trailer(byte: number): void;
}

/**
 * Follows the framing of a chunked body while it passes, so that it is known where the message ends. Extensions mean
 * something for one connection only and are cut out.
 */
export class ChunkScanner {
  /** Bytes of content so far. */
  content = 0;
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #trailers = 0;
  readonly #sink: ChunkSink | null;

  constructor(sink: ChunkSink | null = null) {
    this.#sink = sink;
  }

  reset(): void {
    this.content = 0;
    this.#state = SIZE;
    this.#size = 0;
    this.#digits = 0;
    this.#trailers = 0;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /** Whether the bytes so far end with a whole chunk, so that the body may end here. */
  get betweenChunks(): boolean {
    return this.#state === SIZE && this.#digits === 0;
  }

  /** After a scan: where the bytes end that are to be passed on, extensions cut out in place. */
  passEnd = 0;

  /**
   * Follows `bytes` from `start`, and returns how many bytes lie behind the end of the message (0 while it is not
   * done), or -1 where the framing is broken.
   */
  scan(bytes: Uint8Array, start: number, length: number): number {
    let at = start;
    let end = length;
    let cut = this.#state === EXTENSION ? at : -1;
    while (at < end && this.#state !== DONE) {
      const byte = bytes[at]!;
      switch (this.#state) {
        case SIZE: {
          const digit = HEX[byte]!;
          if (digit !== 255) {
            if (++this.#digits > MAX_DIGITS) return -1;
            this.#size = this.#size * 16 + digit;
          } else if (this.#digits === 0) return -1;
          else if (byte === CR) this.#state = SIZE_LF;
          else if (byte === SEMICOLON || byte === SPACE || byte === TAB) {
            this.#state = EXTENSION;
            cut = at;
          } else return -1;
          at += 1;
          break;
        }
        case EXTENSION:
          if (byte === CR) {
            bytes.copyWithin(cut, at, end);
            end -= at - cut;
            at = cut;
            cut = -1;
            this.#state = SIZE_LF;
          } else if (VALUE[byte] === 0) return -1;
          at += 1;
          break;
        case SIZE_LF:
          if (byte !== LF) return -1;
          this.#state = this.#size === 0 ? TRAILER : DATA;
          this.#digits = 0;
          at += 1;
          break;
        case DATA: {
          const taken = Math.min(end - at, this.#size);
          this.#size -= taken;
          this.content += taken;
          if (this.#sink !== null) this.#sink.content(bytes, at, at + taken);
          at += taken;
          if (this.#size === 0) this.#state = DATA_CR;
          break;
        }
        case DATA_CR:
          if (byte !== CR) return -1;
          this.#state = DATA_LF;
          at += 1;
          break;
        case DATA_LF:
          if (byte !== LF) return -1;
          this.#state = SIZE;
          at += 1;
          break;
        default:
          if (!this.#trailer(byte)) return -1;
          at += 1;
      }
    }
    const open = this.#state === EXTENSION;
    this.passEnd = open ? cut : at;
    return open ? 0 : end - at;
  }

  #trailer(byte: number): boolean {
    this.#trailers += 1;
    if (this.#trailers > MAX_TRAILERS) return false;
    if (this.#sink !== null) this.#sink.trailer(byte);
    switch (this.#state) {
      case TRAILER:
        this.#state = byte === CR ? LAST_LF : TRAILER_NAME;
        return byte === CR || TOKEN[byte] !== 0;
      case TRAILER_NAME:
        if (byte === 58) this.#state = TRAILER_VALUE;
        return byte === 58 || TOKEN[byte] !== 0;
      case TRAILER_VALUE:
        if (byte === CR) this.#state = TRAILER_LF;
        return byte === CR || VALUE[byte] === 1;
      case TRAILER_LF:
        this.#state = TRAILER;
        return byte === LF;
      default:
        this.#state = DONE;
        return byte === LF;
    }
  }
}
