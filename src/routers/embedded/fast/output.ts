import type { Socket } from 'node:net';
import { isSecure } from '../visit/peer.ts';
import type { HeaderLines } from '../wire/header-lines.ts';
import type { Read } from './reads/read-memory.ts';
import { Views } from './reads/views.ts';
import { writeDirectly } from './writes/direct-writes.ts';

/** Room for the largest head and one read. */
const SIZE = 160 * 1024;
/** Below this many bytes a loop is faster than a call into native code. */
const SHORT = 24;
const NOTHING = Buffer.alloc(0);

/**
 * Gathers head and body, so that one write takes both. All connections share one buffer: a write that the kernel took
 * whole leaves it free at once, else the buffer stays with that write and a new one takes its place.
 */
export class Output {
  #buffer = Buffer.allocUnsafeSlow(SIZE);
  #views = new Views(this.#buffer);
  #length = 0;
  #socket: Socket | null = null;
  #copies = false;
  /** What comes next, not copied yet: most of a message goes on as it came, and is one piece then. */
  #run: Buffer = NOTHING;
  #runStart = 0;
  #runEnd = 0;

  /** Everything until `flush` goes to this socket. `secure`: whether it is one of TLS, where that is known. */
  begin(socket: Socket, secure = isSecure(socket)): void {
    this.#socket = socket;
    // TLS keeps what it was given until the kernel has all of it, so that it needs a copy of its own.
    this.#copies = secure;
    this.#length = 0;
    this.#run = NOTHING;
  }

  /** They have to stay as they are until `flush`. */
  bytes(from: Buffer, start: number, end: number): void {
    if (start !== this.#runEnd || from !== this.#run) {
      this.#settle();
      this.#run = from;
      this.#runStart = start;
    }
    this.#runEnd = end;
  }

  all(from: Buffer): void {
    this.bytes(from, 0, from.length);
  }

  /** Latin-1. */
  text(text: string): void {
    const { length } = text;
    this.#settle();
    if (this.#length + length > SIZE) this.#write();
    if (length > SIZE) this.#socket!.write(text, 'latin1');
    else if (length > SHORT) this.#length += this.#buffer.write(text, this.#length, 'latin1');
    else for (let i = 0; i < length; i += 1) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  /** The lines that are not dropped. Line `replaced` (-1: none) becomes `text`. */
  lines(from: Buffer, lines: HeaderLines, replaced = -1, text = ''): void {
    for (let i = 0; i < lines.count; i += 1) {
      if (i === replaced) this.text(text);
      else if (lines.dropped[i] === 0) this.bytes(from, lines.nameStart[i]!, lines.lineEnd[i]!);
    }
  }

  /** Writes what was gathered; false: the socket wants no more until it drains. */
  flush(): boolean {
    this.#settle();
    if (this.#length === 0) return true;
    return this.#write();
  }

  /** Writes what was gathered and these bytes behind it. */
  rest(from: Buffer, start: number, end: number): boolean {
    this.bytes(from, start, end);
    return this.flush();
  }

  /**
   * Writes what was read, where nothing was gathered: without a copy if it can stay where it is. `last`: there may be
   * another read before the socket drains, even if it wants no more.
   */
  pass(read: Read, start: number, end: number, last: boolean): boolean {
    const socket = this.#socket!;
    if (!read.isOwn || this.#copies || start === end) return this.rest(read.bytes, start, end);
    const room = writeDirectly(socket, read.bytes.subarray(start, end));
    if (socket.writableLength !== 0 && (room || last)) read.lend();
    return room;
  }

  #settle(): void {
    const from = this.#run;
    if (from === NOTHING) return;
    const end = this.#runEnd;
    this.#run = NOTHING;
    for (let at = this.#runStart; at < end; ) {
      if (this.#length === SIZE) this.#write();
      const taken = Math.min(end - at, SIZE - this.#length);
      this.#copy(from, at, at + taken);
      at += taken;
    }
  }

  #copy(from: Buffer, start: number, end: number): void {
    if (end - start >= SHORT) from.copy(this.#buffer, this.#length, start, end);
    else for (let i = start, to = this.#length; i < end; i += 1, to += 1) this.#buffer[to] = from[i]!;
    this.#length += end - start;
  }

  #write(): boolean {
    const socket = this.#socket!;
    const length = this.#length;
    // Behind a write that waits already, each further one would keep a whole buffer for its few bytes.
    if (this.#copies || socket.writableLength !== 0) {
      this.#length = 0;
      const copy = Buffer.allocUnsafe(length);
      this.#buffer.copy(copy, 0, 0, length);
      return socket.write(copy);
    }
    const room = writeDirectly(socket, this.#views.of(length));
    if (socket.writableLength !== 0) {
      this.#buffer = Buffer.allocUnsafeSlow(SIZE);
      this.#views = new Views(this.#buffer);
    }
    this.#length = 0;
    return room;
  }
}
