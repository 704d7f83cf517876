import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { copyOf } from '../wire/bytes.ts';
import { ChunkScanner } from '../wire/chunk-scanner.ts';
import { MORE } from '../wire/header-lines.ts';
import { N } from '../wire/names.ts';
import { ResponseHead } from '../wire/response-head.ts';
import type { Output } from './output.ts';
import type { ReadMemory } from './reads/read-memory.ts';

/** The answer is not whole yet. */
export const OPEN = 0;
export const WHOLE = 1;
/** The client takes no more for now; the answer is not whole. */
export const FULL = 2;
/** What the instance says is no answer. */
export const BROKEN = 3;
/** The answer is not for the client; nothing of it was passed on. */
export const DECLINED = 4;
export type Progress = typeof OPEN | typeof WHOLE | typeof FULL | typeof BROKEN | typeof DECLINED;

type Framing = 'head' | 'length' | 'chunks' | 'until-close';

/** What all relays of a router share: scratch memory, of use to one relay at a time. */
export interface RelayTools {
  readonly output: Output;
  /** Bytes of an answer's head at most. */
  readonly headSize: number;
}

/** One head is looked at at a time. */
const head = new ResponseHead();
const BREAK = '\r\n';
const LAST_CHUNK = '0\r\n\r\n';
const VERSION = Buffer.from('HTTP/1.1 ');

/**
 * Passes an answer to a client as it comes: framing is followed, never changed. Used for one answer after the other.
 */
export class AnswerRelay {
  status = 0;
  /** When the head came, in the time of `performance.now()`; null: its time says nothing. */
  headAt: number | null = null;
  headSent = false;
  /** Bytes of the body passed on. */
  bytesOut = 0;
  /** Whether the instance's connection may carry another request. */
  reusable = false;
  #framing: Framing = 'head';
  #left = 0;
  #partial: Buffer | null = null;
  /** Bytes of heads before the one of the answer (1xx). */
  #interim = 0;
  #forHead = false;
  #extra: readonly string[] = [];
  readonly #chunks = new ChunkScanner();
  #socket: Socket;
  readonly #tools: RelayTools;
  readonly #closes: () => boolean;
  readonly #declines: (status: number) => boolean;

  /**
   * `closes`: whether the client's connection ends with this answer, asked when its head goes out. `declines`: whether an
   * answer with this status is not for the client, asked before, and only from 400 on. `socket`: the first client's.
   */
  constructor(
    socket: Socket,
    tools: RelayTools,
    closes: () => boolean,
    declines: (status: number) => boolean,
  ) {
    this.#socket = socket;
    this.#tools = tools;
    this.#closes = closes;
    this.#declines = declines;
  }

  /** `extra`: header lines that the answer gets. */
  begin(socket: Socket, forHead: boolean, extra: readonly string[]): void {
    this.#socket = socket;
    this.status = 0;
    this.headAt = null;
    this.headSent = false;
    this.bytesOut = 0;
    this.reusable = false;
    this.#framing = 'head';
    this.#partial = null;
    this.#interim = 0;
    this.#forHead = forHead;
    this.#extra = extra;
  }

  /** Only its end, the closing of the connection, tells that the answer is whole. */
  get untilClose(): boolean {
    return this.#framing === 'until-close';
  }

  /** Ends an answer that would go on, where its framing lets that look whole; whether it does. */
  endEarly(): boolean {
    if (this.#framing === 'chunks' && this.#chunks.betweenChunks) this.#socket.write(LAST_CHUNK, 'latin1');
    else if (!this.untilClose) return false;
    this.reusable = false;
    return true;
  }

  /** Whether anything came so far. */
  get begun(): boolean {
    return this.headSent || this.#partial !== null;
  }

  receive(read: ReadMemory, length: number): Progress {
    const { output } = this.#tools;
    let { bytes } = read;
    if (this.#framing !== 'head') {
      output.begin(this.#socket);
      return this.#body(bytes, 0, length, read);
    }
    let start = 0;
    if (this.#partial !== null) {
      bytes = Buffer.concat([this.#partial, bytes.subarray(0, length)]);
      length = bytes.length;
      this.#partial = null;
    }
    for (;;) {
      const after = head.parse(bytes, start, length);
      if (after === MORE) {
        if (length - start > this.#tools.headSize) return BROKEN;
        this.#partial = copyOf(bytes, start, length);
        return OPEN;
      }
      if (after < 0 || head.status === 101 || after - start > this.#tools.headSize) return BROKEN;
      output.begin(this.#socket);
      if (head.status >= 400 && this.#declines(head.status)) return DECLINED;
      if (head.status >= 200) return this.#head(bytes, after, length);
      // All of them together, or an instance could go on for ever.
      this.#interim += after - start;
      if (this.#interim > this.#tools.headSize) return BROKEN;
      if (head.status === 103) this.#earlyHints(bytes);
      start = after;
    }
  }

  #head(bytes: Buffer, bodyStart: number, length: number): Progress {
    this.status = head.status;
    this.headAt = head.startsWith(bytes, N.contentType, 'text/event-stream') ? null : performance.now();
    this.reusable = !head.close;
    const bodiless = this.#forHead || head.status === 204 || head.status === 304;
    this.#frame(bodiless);
    this.#writeHead(bytes, bodyStart);
    this.headSent = true;
    return this.#body(bytes, bodyStart, length, null);
  }

  #frame(bodiless: boolean): void {
    if (bodiless) {
      this.#framing = 'length';
      this.#left = 0;
    } else if (head.chunked) {
      this.#framing = 'chunks';
      this.#chunks.reset();
    } else if (head.contentLength >= 0) {
      this.#framing = 'length';
      this.#left = head.contentLength;
    } else {
      this.#framing = 'until-close';
      this.reusable = false;
    }
  }

  #writeHead(bytes: Buffer, end: number): void {
    const { output } = this.#tools;
    const { lines } = head;
    if (this.#framing === 'chunks') {
      // The body's framing goes on as it is, so what tells of it does, too.
      lines.dropped[lines.first[N.transferEncoding]!] = 0;
      for (let i = 0; i < lines.count; i += 1) if (lines.number[i] === N.trailer) lines.dropped[i] = 0;
    }
    if (head.minor === 1) output.bytes(bytes, head.start, head.statusEnd);
    else {
      output.all(VERSION);
      output.bytes(bytes, head.statusStart, head.statusEnd);
    }
    output.lines(bytes, lines);
    for (let i = 0; i + 1 < this.#extra.length; i += 2) {
      output.text(`${this.#extra[i]}: ${this.#extra[i + 1]}${BREAK}`);
    }
    if (lines.first[N.date]! < 0) output.text(`Date: ${new Date().toUTCString()}${BREAK}`);
    if (this.untilClose || this.#closes()) output.text(`Connection: close${BREAK}`);
    output.bytes(bytes, end - BREAK.length, end);
  }

  /** `read`: where the bytes can stay, if nothing goes before them. */
  #body(bytes: Buffer, start: number, length: number, read: ReadMemory | null): Progress {
    const { output } = this.#tools;
    let end = length;
    let surplus = 0;
    if (this.#framing === 'length') {
      end = Math.min(length, start + this.#left);
      surplus = length - end;
      this.#left -= end - start;
      this.bytesOut += end - start;
    } else if (this.#framing === 'chunks') {
      surplus = this.#chunks.scan(bytes, start, length);
      if (surplus < 0) {
        output.flush();
        return BROKEN;
      }
      end = this.#chunks.passEnd;
      this.bytesOut = this.#chunks.content;
    } else {
      this.bytesOut += end - start;
    }
    // Nobody can say what bytes behind the end are.
    if (surplus > 0) this.reusable = false;
    const whole =
      this.#framing === 'length' ? this.#left === 0 : this.#framing === 'chunks' && this.#chunks.done;
    const room = read === null ? output.rest(bytes, start, end) : output.pass(read, start, end, whole);
    if (whole) return WHOLE;
    return room ? OPEN : FULL;
  }

  /** As node's server sends them: the links alone. A client that has yet to read what came before does without. */
  #earlyHints(bytes: Buffer): void {
    const { output } = this.#tools;
    const { lines } = head;
    if (lines.first[N.link]! < 0 || this.#socket.writableNeedDrain) return;
    for (let i = 0; i < lines.count; i += 1) if (lines.number[i] !== N.link) lines.dropped[i] = 1;
    output.text(`HTTP/1.1 103 Early Hints${BREAK}`);
    output.lines(bytes, lines);
    output.text(BREAK);
    output.flush();
  }
}
