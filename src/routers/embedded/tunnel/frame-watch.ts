/** First byte of a frame: FIN and the opcode of a close frame. */
const CLOSE = 8;
const MASKED = 0x80;

/**
 * Follows where the frames of a WebSocket begin and end (RFC 6455, 5.2) while they pass, so that it is known when another
 * one may be put between them. What is no frame is followed all the same: it is not the router's to judge.
 */
export class FrameWatch {
  /** One side has said that it ends. */
  closed = false;
  /** Bytes of the header so far, or -1 within a payload. */
  #seen = 0;
  /** Length of the header, as far as it is known. */
  #header = 2;
  #short = 0;
  #left = 0;

  /** Whether the bytes so far end with a whole frame. */
  get atBoundary(): boolean {
    return this.#seen === 0;
  }

  /** The bytes before `end`. */
  push(bytes: Uint8Array, end: number): void {
    let at = 0;
    while (at < end) {
      if (this.#seen < 0) {
        const taken = Math.min(this.#left, end - at);
        at += taken;
        this.#left -= taken;
        if (this.#left === 0) this.#begin();
      } else {
        const header = this.#seen === 0 ? this.#shortHeader(bytes, at, end) : 0;
        if (header === 0) this.#headerByte(bytes[at]!);
        at += header === 0 ? 1 : header;
      }
    }
  }

  /** The common case: returns the bytes of the header of a frame below 126 bytes, where all of it is here; else 0. */
  #shortHeader(bytes: Uint8Array, at: number, end: number): number {
    if (at + 2 > end) return 0;
    const second = bytes[at + 1]!;
    const length = second & 127;
    const header = (second & MASKED) === 0 ? 2 : 6;
    if (length > 125 || at + header > end) return 0;
    if ((bytes[at]! & 15) === CLOSE) this.closed = true;
    if (length === 0) return header;
    this.#left = length;
    this.#seen = -1;
    return header;
  }

  #begin(): void {
    this.#seen = 0;
    this.#header = 2;
    this.#left = 0;
  }

  #headerByte(byte: number): void {
    const index = this.#seen;
    this.#seen += 1;
    if (index === 0) {
      if ((byte & 15) === CLOSE) this.closed = true;
      return;
    }
    if (index === 1) {
      this.#short = byte & 127;
      const extra = this.#short === 127 ? 8 : this.#short === 126 ? 2 : 0;
      if (extra === 0) this.#left = this.#short;
      this.#header = 2 + extra + ((byte & MASKED) === 0 ? 0 : 4);
    } else if (index < (this.#short === 127 ? 10 : this.#short === 126 ? 4 : 2)) {
      this.#left = this.#left * 256 + byte;
    }
    if (this.#seen < this.#header) return;
    if (this.#left === 0) this.#begin();
    else this.#seen = -1;
  }
}
