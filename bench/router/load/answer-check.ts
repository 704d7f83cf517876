import { HEAD_END, patternOf } from '../pattern.ts';

/** Checks status, length and every byte of the body of answers of one size, as they come. */
export class AnswerCheck {
  readonly #size: number;
  readonly #body: Buffer;
  /** The beginning of a head. */
  #head: Buffer | null = null;
  /** Bytes of the body that came; -1: the head is not whole. */
  #at = -1;
  #right = true;

  constructor(size: number, body = patternOf(size)) {
    this.#size = size;
    this.#body = body;
  }

  /** A check for another connection, with the same expected body. */
  fresh(): AnswerCheck {
    return new AnswerCheck(this.#size, this.#body);
  }

  /** Whether the answer that ends with these bytes was right; null: it is not whole yet. They are not kept. */
  take(bytes: Buffer): boolean | null {
    let start = 0;
    if (this.#at < 0) {
      if (this.#head !== null) bytes = Buffer.concat([this.#head, bytes]);
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        this.#head = Buffer.from(bytes);
        return null;
      }
      this.#head = null;
      this.#right = isRight(bytes.toString('latin1', 0, end + 2), this.#size);
      this.#at = 0;
      start = end + HEAD_END.length;
    }
    const length = bytes.length - start;
    this.#right &&= this.#at + length <= this.#size && this.#isBody(bytes, start, length);
    this.#at += length;
    if (this.#at < this.#size) return null;
    this.#at = -1;
    return this.#right;
  }

  #isBody(bytes: Buffer, start: number, length: number): boolean {
    return this.#body.compare(bytes, start, start + length, this.#at, this.#at + length) === 0;
  }
}

const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

const isRight = (head: string, size: number): boolean =>
  head.startsWith('HTTP/1.1 200 ') && LENGTH.exec(head)?.[1] === String(size);
