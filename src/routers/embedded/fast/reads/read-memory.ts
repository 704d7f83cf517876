/** Connections read into this: heads and short answers, which are copied on before the next read. */
const SHARED = Buffer.allocUnsafeSlow(32_768);
/** A connection that fills it gets this much for itself: as much as an instance's kernel mostly has ready. */
const OWN = 131_072;
/** Memory that nobody reads into now. */
const spare: Buffer[] = [];
const MOST_SPARE = 32;

/** What a connection has read, of use until the next read. */
export interface Read {
  /** Begins with it. */
  readonly bytes: Buffer;
  /** Whether the bytes may stay with a write; see {@link lend}. */
  readonly isOwn: boolean;
  /** A write has not gone out whole and still needs the bytes: the next read goes elsewhere. */
  lend(): void;
}

/** A read into memory that all connections share, and that no write can keep. */
export class LentRead implements Read {
  bytes: Buffer = SHARED;
  readonly isOwn = false;

  of(bytes: Buffer): this {
    this.bytes = bytes;
    return this;
  }

  lend(): void {
    throw new Error('what was lent cannot be lent on');
  }
}

/**
 * Where a connection's reads go. While they fill what they get, it is memory of the connection's own, which can be passed
 * on without a copy: long answers cost one copy less. A connection that reads little takes no memory, whatever it waits for.
 */
export class ReadMemory implements Read {
  /** What the last read filled from its beginning. */
  bytes: Buffer = SHARED;
  #lent = false;

  get isOwn(): boolean {
    return this.bytes !== SHARED;
  }

  lend(): void {
    this.#lent = true;
  }

  /** Where the read after one of `length` bytes goes. */
  next(length: number): Buffer {
    if (length < SHARED.length) this.#setDown();
    else if (!this.isOwn || this.#lent) this.bytes = spare.pop() ?? Buffer.allocUnsafeSlow(OWN);
    this.#lent = false;
    return this.bytes;
  }

  #setDown(): void {
    if (!this.isOwn) return;
    if (!this.#lent && spare.length < MOST_SPARE) spare.push(this.bytes);
    this.bytes = SHARED;
  }
}
