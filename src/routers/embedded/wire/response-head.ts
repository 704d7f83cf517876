import { MOST_HEADER_LINES } from '../../../core/service/http-spec.ts';
import { CR, decimal, isToken, LF, SPACE, VALUE } from './bytes.ts';
import { CLOSE, connectionOptions, KEEP_ALIVE, MALFORMED, OTHER } from './connection-options.ts';
import { HeaderLines, MORE, UNFIT } from './header-lines.ts';
import { ENDS_HERE_BACK, N } from './names.ts';

const PREFIX = 'HTTP/1.';
/** Position of the status behind `HTTP/1.x `. */
const STATUS = 9;
const NEVER_NAMED = new Set<number>([N.contentLength, N.transferEncoding]);

/** The head of an instance's answer. True until the next `parse`. */
export class ResponseHead {
  readonly lines = new HeaderLines(MOST_HEADER_LINES);
  status = 0;
  /** Where it begins, with the version: HTTP/1.`minor`. */
  start = 0;
  minor = 1;
  /** From the status to the end of the status line, with its CR LF. */
  statusStart = 0;
  statusEnd = 0;
  /** -1: none is given. */
  contentLength = -1;
  chunked = false;
  /** The instance closes the connection after this answer. */
  close = false;

  /** Returns the position after the head, MORE, or UNFIT where it could mean two things or nothing at all. */
  parse(bytes: Buffer, start: number, end: number): number {
    const lines = this.#statusLine(bytes, start, end);
    if (lines <= 0) return lines;
    const after = this.lines.parse(bytes, lines, end);
    return after > 0 && !this.#review(bytes) ? UNFIT : after;
  }

  /** Whether there is a line with this number whose value begins so. */
  startsWith(bytes: Buffer, number: number, prefix: string): boolean {
    const line = this.lines.first[number]!;
    if (line < 0) return false;
    const start = this.lines.valueStart[line]!;
    if (this.lines.valueEnd[line]! - start < prefix.length) return false;
    for (let i = 0; i < prefix.length; i += 1) if (bytes[start + i] !== prefix.charCodeAt(i)) return false;
    return true;
  }

  #statusLine(bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    for (let i = 0; i < PREFIX.length && i < length; i += 1)
      if (bytes[start + i] !== PREFIX.charCodeAt(i)) return UNFIT;
    if (length < STATUS + 5) return MORE;
    const minor = bytes[start + PREFIX.length]! - 48;
    this.start = start;
    this.minor = minor;
    if ((minor !== 0 && minor !== 1) || bytes[start + STATUS - 1] !== SPACE) return UNFIT;
    let at = start + STATUS;
    this.status = decimal(bytes, at, at + 3);
    if (this.status < 100) return UNFIT;
    this.statusStart = at;
    at += 3;
    if (bytes[at] !== SPACE && bytes[at] !== CR) return UNFIT;
    while (at < end && VALUE[bytes[at]!] === 1) at += 1;
    if (at + 1 >= end) return at < end && bytes[at] !== CR ? UNFIT : MORE;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return UNFIT;
    this.statusEnd = at + 2;
    return at + 2;
  }

  #review(bytes: Buffer): boolean {
    const { lines } = this;
    const http10 = this.minor === 0;
    this.contentLength = -1;
    this.chunked = false;
    if (lines.repeated[N.contentLength] === 1 || lines.repeated[N.transferEncoding] === 1) return false;
    const length = lines.first[N.contentLength]!;
    if (length >= 0) {
      this.contentLength = decimal(bytes, lines.valueStart[length]!, lines.valueEnd[length]!);
      if (this.contentLength < 0) return false;
    }
    const coding = lines.first[N.transferEncoding]!;
    if (coding >= 0) {
      if (!isToken(bytes, lines.valueStart[coding]!, lines.valueEnd[coding]!, 'chunked')) return false;
      if (length >= 0 || http10) return false;
      this.chunked = true;
    }
    let options = 0;
    for (let i = 0; i < lines.count; i += 1) {
      if (ENDS_HERE_BACK[lines.number[i]!] === 1) lines.dropped[i] = 1;
      if (lines.number[i] !== N.connection) continue;
      options |= connectionOptions(bytes, lines.valueStart[i]!, lines.valueEnd[i]!);
    }
    if ((options & MALFORMED) !== 0) return false;
    if ((options & OTHER) !== 0) this.#dropNamed(bytes);
    this.close = (options & CLOSE) !== 0 || (http10 && (options & KEEP_ALIVE) === 0);
    return true;
  }

  /** Lines that Connection names are for this connection alone. Rare: what it allocates does not matter. */
  #dropNamed(bytes: Buffer): void {
    const { lines } = this;
    const named = new Set<string>();
    for (let i = 0; i < lines.count; i += 1) {
      if (lines.number[i] !== N.connection) continue;
      const text = bytes.toString('latin1', lines.valueStart[i]!, lines.valueEnd[i]!);
      for (const token of text.split(',')) named.add(token.trim().toLowerCase());
    }
    for (let i = 0; i < lines.count; i += 1) {
      if (NEVER_NAMED.has(lines.number[i]!)) continue;
      if (named.has(bytes.toString('latin1', lines.nameStart[i]!, lines.nameEnd[i]!).toLowerCase()))
        lines.dropped[i] = 1;
    }
  }
}
