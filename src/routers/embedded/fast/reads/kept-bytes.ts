import { copyOf } from '../../wire/bytes.ts';

/** More of them are rare, and get memory of their own. */
const SIZE = 2_048;

/** Where bytes that were lent are kept: those of one request at a time. */
export class KeptBytes {
  readonly #memory = Buffer.allocUnsafeSlow(SIZE);

  /** What begins with the first so many of these bytes, until it is asked again. */
  of(bytes: Buffer, length: number): Buffer {
    if (length > SIZE) return copyOf(bytes, 0, length);
    bytes.copy(this.#memory, 0, 0, length);
    return this.#memory;
  }
}
