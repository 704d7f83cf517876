import { COLON, CR, decimal, HOST, LF, SLASH, SPACE, TARGET } from './bytes.ts';
import { CLOSE, connectionOptions, KEEP_ALIVE, UPGRADE } from './connection-options.ts';
import { HeaderLines, MORE, UNFIT } from './header-lines.ts';
import { ENDS_HERE, N } from './names.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type Method = (typeof METHODS)[number];

const LONGEST_METHOD = 7;
const VERSION = Buffer.from('HTTP/1.1\r\n', 'latin1');
const NOTHING = Buffer.alloc(0);

/** The head of a common request. True until the next `parse`. */
export class RequestHead {
  readonly lines = new HeaderLines();
  method: Method = 'GET';
  targetStart = 0;
  targetEnd = 0;
  /** 0 also where there is none: then there is no body either. */
  contentLength = 0;
  /** The client wants the connection closed after the answer. */
  close = false;
  /** Position after a head that is unfit for no other reason than that it asks for another protocol; 0: it is not such a one. */
  upgradeEnd = 0;
  /** The value of a header of the head that was parsed last, where it was read from; by its name in lower case. */
  readonly header = (name: string): string | undefined => this.lines.value(this.#bytes, name);
  #bytes: Buffer = NOTHING;

  /**
   * Returns the position after the head, MORE, or UNFIT: then node's own server decides what it is, and refuses it if
   * it is malformed. So this parser has no answer of its own and never has to be lenient.
   */
  parse(bytes: Buffer, start: number, end: number): number {
    this.upgradeEnd = 0;
    this.#bytes = bytes;
    const lines = this.#requestLine(bytes, start, end);
    if (lines <= 0) return lines;
    const after = this.lines.parse(bytes, lines, end);
    return after > 0 && !this.#review(bytes, after) ? UNFIT : after;
  }

  target(bytes: Buffer): string {
    return this.lines.text(bytes, this.targetStart, this.targetEnd);
  }

  /** The Host as the client wrote it. */
  authority(bytes: Buffer): string {
    const line = this.lines.first[N.host]!;
    return this.lines.text(bytes, this.lines.valueStart[line]!, this.lines.valueEnd[line]!);
  }

  #requestLine(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && at - start <= LONGEST_METHOD && bytes[at] !== SPACE) at += 1;
    if (at >= end) return MORE;
    const method = methodOf(bytes, start, at);
    if (method === null) return UNFIT;
    this.method = method;
    at += 1;
    if (at >= end) return MORE;
    if (bytes[at] !== SLASH) return UNFIT;
    this.targetStart = at;
    while (at < end && TARGET[bytes[at]!] === 1) at += 1;
    this.targetEnd = at;
    if (at >= end) return MORE;
    if (bytes[at] !== SPACE) return UNFIT;
    at += 1;
    for (let i = 0; i < VERSION.length; i += 1, at += 1) {
      if (at >= end) return MORE;
      if (bytes[at] !== VERSION[i]) return UNFIT;
    }
    return at;
  }

  /** Whether every line means one thing only and is one that this path serves. */
  #review(bytes: Buffer, end: number): boolean {
    const { lines } = this;
    this.contentLength = 0;
    this.close = false;
    // Whatever is looked at stands once: what several lines mean together is left to the other path.
    if (lines.repeats) return false;
    const host = lines.first[N.host]!;
    if (host < 0 || !isHost(bytes, lines.valueStart[host]!, lines.valueEnd[host]!)) return false;
    if (lines.first[N.transferEncoding]! >= 0 || lines.first[N.expect]! >= 0) return false;
    if (lines.first[N.preview]! >= 0) return false;
    const length = lines.first[N.contentLength]!;
    if (length >= 0) {
      this.contentLength = decimal(bytes, lines.valueStart[length]!, lines.valueEnd[length]!);
      if (this.contentLength < 0) return false;
    }
    const connection = lines.first[N.connection]!;
    let options = 0;
    if (connection >= 0) {
      options = connectionOptions(bytes, lines.valueStart[connection]!, lines.valueEnd[connection]!);
      if ((options & ~(CLOSE | KEEP_ALIVE | UPGRADE)) !== 0) return false;
      this.close = (options & CLOSE) !== 0;
    }
    const upgrade = lines.first[N.upgrade]!;
    if (upgrade >= 0 || (options & UPGRADE) !== 0) {
      if (this.#isUpgrade(upgrade, options)) this.upgradeEnd = end;
      return false;
    }
    for (let i = 0; i < lines.count; i += 1) if (ENDS_HERE[lines.number[i]!] === 1) lines.dropped[i] = 1;
    return true;
  }

  /** Whether line `upgrade` and what Connection says of it agree that the connection is to go on as something else. */
  #isUpgrade(upgrade: number, options: number): boolean {
    if (upgrade < 0 || (options & UPGRADE) === 0 || this.close) return false;
    if (this.method !== 'GET' || this.contentLength > 0) return false;
    return this.lines.valueEnd[upgrade]! > this.lines.valueStart[upgrade]!;
  }
}

function methodOf(bytes: Buffer, start: number, end: number): Method | null {
  for (const method of METHODS) {
    if (method.length !== end - start) continue;
    let i = 0;
    while (i < method.length && bytes[start + i] === method.charCodeAt(i)) i += 1;
    if (i === method.length) return method;
  }
  return null;
}

/** A name or an IPv4 address, and perhaps a port. */
function isHost(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && HOST[bytes[at]!] === 1) at += 1;
  if (at === start) return false;
  if (at === end) return true;
  if (bytes[at] !== COLON || end - at > 6) return false;
  return decimal(bytes, at + 1, end) >= 0;
}

/** Where the head may end: no line end in new bytes, no whole head. */
export const hasLineEnd = (bytes: Buffer): boolean => bytes.includes(LF) || bytes.includes(CR);
