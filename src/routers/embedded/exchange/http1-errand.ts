import { type FaultyTaker, GuardedTaker } from '../fast/guarded-taker.ts';
import type { ReadMemory } from '../fast/reads/read-memory.ts';
import type { UpstreamConnection, UpstreamPool } from '../fast/upstream.ts';
import type { RawHeaders } from '../http/head.ts';
import { UpstreamSide } from '../tunnel/upstream-side.ts';
import { copyOf } from '../wire/bytes.ts';
import { MORE } from '../wire/header-lines.ts';
import { N } from '../wire/names.ts';
import { ResponseHead } from '../wire/response-head.ts';
import { AnswerBody } from './answer-body.ts';
import type { Errand, ErrandEvents, ErrandRequest } from './errand.ts';
import { readTrailers } from './trailers.ts';

/** One head is looked at at a time. */
const head = new ResponseHead();

/** The instance speaks another protocol from now on (101), and the errand is over. */
export interface Switch {
  readonly reason: string;
  /** All of them. */
  readonly lines: RawHeaders;
  readonly side: UpstreamSide;
  /** What came behind the head. */
  readonly early: Buffer;
}

/** What may come of a request that asks for another protocol. */
export interface UpgradeEvents extends ErrandEvents {
  switched(to: Switch): void;
}

/** One request on its way at an instance that speaks HTTP/1.1. */
export class Http1Errand implements Errand, FaultyTaker {
  readonly #pool: UpstreamPool;
  readonly #upstream: UpstreamConnection;
  readonly #forHead: boolean;
  readonly #headSize: number;
  readonly #events: ErrandEvents | UpgradeEvents;
  #chunked = false;
  /** Of an answer's head. */
  #partial: Buffer | null = null;
  /** Bytes of heads before the one of the answer (1xx). */
  #interim = 0;
  #body: AnswerBody | null = null;
  #reusable = false;
  #paused = false;
  #over = false;

  /** `forHead`: no body follows, whatever is said of it; `headSize`: bytes of an answer's head at most. */
  constructor(
    pool: UpstreamPool,
    upstream: UpstreamConnection,
    forHead: boolean,
    headSize: number,
    events: ErrandEvents | UpgradeEvents,
  ) {
    this.#pool = pool;
    this.#upstream = upstream;
    this.#forHead = forHead;
    this.#headSize = headSize;
    this.#events = events;
    upstream.taker = new GuardedTaker(this);
  }

  get isOpen(): boolean {
    return this.#upstream.isConnected;
  }

  get isFull(): boolean {
    return this.#upstream.socket.writableNeedDrain;
  }

  send({ method, path, lines, body }: ErrandRequest): void {
    this.#chunked = body === 'open';
    this.#upstream.socket.write(`${method} ${path} HTTP/1.1\r\n${textOf(lines)}\r\n`, 'latin1');
  }

  write(chunk: Buffer): boolean {
    const { socket } = this.#upstream;
    if (!this.#chunked) return socket.write(chunk);
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk);
    const room = socket.write('\r\n', 'latin1');
    socket.uncork();
    return room;
  }

  end(trailers: RawHeaders): void {
    if (this.#chunked) this.#upstream.socket.write(`0\r\n${textOf(trailers)}\r\n`, 'latin1');
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#upstream.socket.resume();
  }

  done(uploaded: boolean): void {
    this.#over = true;
    if (this.#reusable && uploaded) this.#pool.release(this.#upstream, performance.now());
    else this.#upstream.abandon();
  }

  abandon(): void {
    this.#over = true;
    this.#upstream.abandon();
  }

  connected(): void {
    this.#events.opened();
  }

  received({ bytes: read }: ReadMemory, length: number): boolean {
    if (this.#body !== null) this.#read(this.#body, read, 0, length);
    else if (this.#partial === null) this.#heads(read, length);
    else {
      const bytes = Buffer.concat([this.#partial, read.subarray(0, length)]);
      this.#partial = null;
      this.#heads(bytes, bytes.length);
    }
    if (!this.#over) this.#events.waits();
    // A connection that has been given back is to hear of its next answer.
    return this.#over || !this.#paused;
  }

  ended(): void {
    if (this.#body?.untilClose) this.#events.whole([]);
  }

  closed(error: NodeJS.ErrnoException | null): void {
    this.#over = true;
    const { isConnected, reused } = this.#upstream;
    if (!isConnected) return void this.#events.unreached(error?.code === 'ECONNREFUSED', error);
    const silent = this.#body === null && this.#partial === null;
    // A reset, rather than an end: it stood unread in the queue of an instance that has stopped listening.
    const what = !silent ? 'begun' : reused ? 'stale' : error?.code === 'ECONNRESET' ? 'unread' : 'begun';
    this.#events.broken(error ?? new Error('the connection closed before the answer was whole'), what);
  }

  drained(): void {
    this.#events.drained();
  }

  fault(error: unknown): void {
    this.#events.fault(error);
  }

  #heads(bytes: Buffer, length: number): void {
    let start = 0;
    for (;;) {
      const after = head.parse(bytes, start, length);
      if (after === MORE && length - start <= this.#headSize) {
        this.#partial = copyOf(bytes, start, length);
        return;
      }
      if (after <= 0 || after - start > this.#headSize) return void this.#malformed();
      if (head.status === 101) return void this.#switched(bytes, after, length);
      if (head.status >= 200) return void this.#answered(bytes, after, length);
      // All of them together, or an instance could go on for ever.
      this.#interim += after - start;
      if (this.#interim > this.#headSize) return void this.#malformed();
      if (head.status === 103) this.#events.hinted(links(bytes));
      if (this.#over) return;
      start = after;
    }
  }

  #switched(bytes: Buffer, start: number, length: number): void {
    if (!('switched' in this.#events)) return void this.#malformed();
    this.#over = true;
    this.#events.switched({
      reason: reasonOf(bytes),
      lines: linesOf(bytes, () => true),
      side: new UpstreamSide(this.#upstream),
      early: copyOf(bytes, start, length),
    });
  }

  #answered(bytes: Buffer, start: number, length: number): void {
    const { status, chunked, contentLength, close } = head;
    // Whatever an instance has to say with it: 205 has no content (RFC 9110, 15.3.6).
    const bodiless =
      this.#forHead || status === 204 || status === 304 || (status === 205 && !chunked && contentLength < 0);
    const body = new AnswerBody(head, bodiless, (from, first, last) => {
      // The memory is the connection's, and clients keep what they are given until there is room.
      if (!this.#over) this.#events.content(copyOf(from, first, last));
    });
    this.#body = body;
    this.#reusable = !close && !body.untilClose;
    this.#events.answered({
      status,
      reason: reasonOf(bytes),
      lines: linesOf(bytes, (number, dropped) => !dropped || (body.mayHaveTrailers && number === N.trailer)),
      hasLength: contentLength >= 0,
      isWhole: body.whole,
      mayHaveTrailers: body.mayHaveTrailers,
    });
    if (!this.#over) this.#read(body, bytes, start, length);
  }

  #read(body: AnswerBody, bytes: Buffer, start: number, length: number): void {
    const sound = body.read(bytes, start, length);
    // The client may have been lost over a piece of it.
    if (this.#over) return;
    if (!sound) return void this.#malformed();
    // Nobody can say what bytes behind the end are.
    if (body.surplus) this.#reusable = false;
    if (body.whole) this.#events.whole(readTrailers(body.trailers()));
  }

  #malformed(): void {
    this.#events.broken(new Error('the answer is malformed'), 'begun');
  }
}

/** Of the head that was parsed from `bytes`. */
const reasonOf = (bytes: Buffer): string => head.lines.text(bytes, head.statusStart + 4, head.statusEnd - 2);

/** The lines of the head that was parsed from `bytes`; `dropped`: those that end here. */
function linesOf(bytes: Buffer, kept: (number: number, dropped: boolean) => boolean): RawHeaders {
  const { lines } = head;
  const raw: string[] = [];
  for (let i = 0; i < lines.count; i += 1) {
    if (!kept(lines.number[i]!, lines.dropped[i] === 1)) continue;
    raw.push(lines.text(bytes, lines.nameStart[i]!, lines.nameEnd[i]!));
    raw.push(lines.text(bytes, lines.valueStart[i]!, lines.valueEnd[i]!));
  }
  return raw;
}

function links(bytes: Buffer): string[] {
  const { lines } = head;
  const found: string[] = [];
  for (let i = 0; i < lines.count; i += 1) {
    if (lines.number[i] !== N.link) continue;
    found.push(bytes.toString('latin1', lines.valueStart[i]!, lines.valueEnd[i]!));
  }
  return found;
}

function textOf(lines: RawHeaders): string {
  let text = '';
  for (let i = 0; i + 1 < lines.length; i += 2) text += `${lines[i]}: ${lines[i + 1]}\r\n`;
  return text;
}
