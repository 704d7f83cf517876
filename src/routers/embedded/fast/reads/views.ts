/** Views up to this length are kept: to make one costs more than the rest of a small read or write. */
const KEPT = 4_096;

/** Views of a buffer's beginning. */
export class Views {
  readonly #buffer: Buffer;
  /** Filled, since an array with holes is a dictionary to V8, and slower than what it saves. */
  readonly #kept = new Array<Buffer | null>(KEPT).fill(null);

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** Of the first so many bytes. */
  of(length: number): Buffer {
    if (length >= KEPT) return this.#buffer.subarray(0, length);
    const kept = this.#kept[length] ?? null;
    if (kept !== null) return kept;
    const view = this.#buffer.subarray(0, length);
    this.#kept[length] = view;
    return view;
  }
}
