import { RecentTexts } from '../fast/recent-texts.ts';
import { COLON, CR, isToken, LF, nextHash, SPACE, TAB, TOKEN, VALUE } from './bytes.ts';
import { FIRST_SOUGHT, MOST_NAMES, namesSoFar, numberAt, type Sought, soughtAs } from './names.ts';

/** More lines than this are not common. */
const MAX_LINES = 100;

/** The head is not whole yet. */
export const MORE = 0;
/** Not what this path serves: malformed, or unusual. */
export const UNFIT = -1;

/**
 * Where the lines of one head are in its bytes. One table serves many heads, one after the other: what it says is
 * true until the next `parse`, which allocates nothing.
 */
export class HeaderLines {
  count = 0;
  readonly nameStart: Int32Array;
  readonly nameEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly lineEnd: Int32Array;
  readonly hash: Int32Array;
  /** The number of the line's name, see names.ts. */
  readonly number: Uint8Array;
  /** 1: the line is not passed on. */
  readonly dropped: Uint8Array;
  /** For each number the first line with it; -1: none. */
  readonly first = new Int16Array(MOST_NAMES).fill(-1);
  /** For each number whether there are several lines with it. */
  readonly repeated = new Uint8Array(MOST_NAMES);
  /** Whether a name that the parsers look at stands on several lines. */
  repeats = false;
  /** Lines with numbers from here on are not known by them: their names were looked for after the head was read. */
  #known = 0;
  readonly #texts = new RecentTexts();

  readonly #most: number;

  /** `most`: lines of one head; with more it is unfit. */
  constructor(most = MAX_LINES) {
    this.#most = most;
    this.nameStart = new Int32Array(most);
    this.nameEnd = new Int32Array(most);
    this.valueStart = new Int32Array(most);
    this.valueEnd = new Int32Array(most);
    this.lineEnd = new Int32Array(most);
    this.hash = new Int32Array(most);
    this.number = new Uint8Array(most);
    this.dropped = new Uint8Array(most);
  }

  /** Reads lines from `start` up to and with the empty one; returns the position after it, {@link MORE} or {@link UNFIT}. */
  parse(bytes: Uint8Array, start: number, end: number): number {
    this.#forget();
    let at = start;
    for (;;) {
      if (at >= end) return MORE;
      if (bytes[at] === CR) {
        if (at + 1 >= end) return MORE;
        return bytes[at + 1] === LF ? at + 2 : UNFIT;
      }
      at = this.#line(bytes, at, end);
      if (at <= 0) return at;
    }
  }

  /** The value of the first line with this name, in any case, as Latin-1 text. */
  value(bytes: Buffer, name: string): string | undefined {
    const line = this.find(bytes, name);
    return line < 0 ? undefined : this.text(bytes, this.valueStart[line]!, this.valueEnd[line]!);
  }

  /** A part of the head as Latin-1 text. */
  text(bytes: Buffer, start: number, end: number): string {
    return this.#texts.of(bytes, start, end);
  }

  /** The first line with this name, in any case; -1: none. */
  find(bytes: Uint8Array, name: string): number {
    const sought = soughtAs(name);
    return this.#knows(sought) ? this.first[sought.number]! : this.#find(bytes, sought, 0);
  }

  /** Whether there are several lines with this name, in any case. */
  isRepeated(bytes: Uint8Array, name: string): boolean {
    const sought = soughtAs(name);
    if (this.#knows(sought)) return this.repeated[sought.number] === 1;
    const line = this.#find(bytes, sought, 0);
    return line >= 0 && this.#find(bytes, sought, line + 1) >= 0;
  }

  #knows({ number }: Sought): boolean {
    return number > 0 && number < this.#known;
  }

  #find(bytes: Uint8Array, { lower, hash }: Sought, from: number): number {
    for (let i = from; i < this.count; i += 1) {
      if (this.hash[i] !== hash) continue;
      if (isToken(bytes, this.nameStart[i]!, this.nameEnd[i]!, lower)) return i;
    }
    return -1;
  }

  /** What the last head had, and nothing else: there are more names than lines. */
  #forget(): void {
    const { first, repeated, number } = this;
    for (let i = 0; i < this.count; i += 1) {
      first[number[i]!] = -1;
      repeated[number[i]!] = 0;
    }
    this.count = 0;
    this.repeats = false;
    this.#known = namesSoFar();
  }

  #line(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let hash = 0;
    for (; at < end; at += 1) {
      const byte = TOKEN[bytes[at]!]!;
      if (byte === 0) break;
      hash = nextHash(hash, byte);
    }
    if (at >= end) return MORE;
    // A space before the colon and a folded line end here, too.
    if (bytes[at] !== COLON || at === start) return UNFIT;
    const nameEnd = at;
    at += 1;
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
    const valueStart = at;
    while (at < end && VALUE[bytes[at]!] === 1) at += 1;
    if (at >= end) return MORE;
    if (bytes[at] !== CR) return UNFIT;
    if (at + 1 >= end) return MORE;
    if (bytes[at + 1] !== LF || this.count === this.#most) return UNFIT;
    let valueEnd = at;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB))
      valueEnd -= 1;
    const line = this.count;
    const number = numberAt(bytes, start, nameEnd, hash);
    this.nameStart[line] = start;
    this.nameEnd[line] = nameEnd;
    this.valueStart[line] = valueStart;
    this.valueEnd[line] = valueEnd;
    this.lineEnd[line] = at + 2;
    this.hash[line] = hash;
    this.number[line] = number;
    this.dropped[line] = 0;
    if (this.first[number] === -1) this.first[number] = line;
    else {
      this.repeated[number] = 1;
      if (number > 0 && number < FIRST_SOUGHT) this.repeats = true;
    }
    this.count += 1;
    return at + 2;
  }
}
