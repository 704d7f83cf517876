import type { Http2Session, Http2Stream } from 'node:http2';

/**
 * A session's streams by their numbers: a Map, but without tables that lead from one to the next (see {@link Roster}), in no order, and
 * who comes while all are looked at is not looked at. A number is looked for among all, of which there are few: nghttp2 sees to it that a session
 * has a hundred streams at once, and those of one read that were reset and have yet to go.
 */
export class StreamTable<T> implements Map<number, T> {
  /** Numbers, and at the same places their streams. */
  readonly #numbers: number[] = [];
  readonly #streams: T[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  get [Symbol.toStringTag](): string {
    return 'StreamTable';
  }

  get(number: number): T | undefined {
    const place = this.#numbers.indexOf(number);
    return place < 0 ? undefined : this.#streams[place];
  }

  has(number: number): boolean {
    return this.#numbers.includes(number);
  }

  set(number: number, stream: T): this {
    const place = this.#numbers.indexOf(number);
    if (place < 0) {
      this.#numbers.push(number);
      this.#streams.push(stream);
    } else this.#streams[place] = stream;
    return this;
  }

  delete(number: number): boolean {
    const place = this.#numbers.indexOf(number);
    if (place < 0) return false;
    const lastNumber = this.#numbers.pop()!;
    const last = this.#streams.pop()!;
    if (place < this.#numbers.length) {
      this.#numbers[place] = lastNumber;
      this.#streams[place] = last;
    }
    return true;
  }

  clear(): void {
    this.#numbers.length = 0;
    this.#streams.length = 0;
  }

  /** Those who are there now, but for who goes meanwhile. */
  forEach(look: (stream: T, number: number, table: Map<number, T>) => void): void {
    for (const [number, stream] of this) if (this.get(number) === stream) look(stream, number, this);
  }

  [Symbol.iterator](): MapIterator<[number, T]> {
    return this.#now().entries();
  }

  entries(): MapIterator<[number, T]> {
    return this.#now().entries();
  }

  keys(): MapIterator<number> {
    return this.#now().keys();
  }

  values(): MapIterator<T> {
    return this.#now().values();
  }

  #now(): Map<number, T> {
    const streams = this.#streams;
    return new Map(this.#numbers.map((number, place) => [number, streams[place]!]));
  }
}

/** The one of node's properties of a session that has its streams, once it is known. */
let state: symbol | undefined;

/**
 * Has a session that has just begun keep its streams in a {@link StreamTable}. Where node is another than the one that is known it keeps its own:
 * that costs time, and nothing else.
 */
export function keepStreamsInTable(session: Http2Session): void {
  state ??= Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state');
  if (state === undefined) return;
  const kept = (
    session as unknown as Record<symbol, { streams?: Partial<Map<number, Http2Stream>> } | undefined>
  )[state];
  if (kept?.streams?.size === 0 && typeof kept.streams.get === 'function')
    kept.streams = new StreamTable<Http2Stream>();
}
