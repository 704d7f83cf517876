import type { ServerHttp2Stream } from 'node:http2';
import { BROKEN, DECLINED, FULL, OPEN, type Progress, WHOLE } from '../fast/answer-relay.ts';
import { MORE } from '../fast/header-lines.ts';
import { N } from '../fast/names.ts';
import { ResponseHead } from '../fast/response-head.ts';
import type { RawHeaders } from '../http/head.ts';
import { answerHead, headersOf } from './answer.ts';
import { AnswerBody } from './answer-body.ts';
import { readTrailers } from './request.ts';

const MOST_STATUS = 599;
const BODILESS = new Set([204, 205, 304]);

/** One head is looked at at a time. */
const head = new ResponseHead();

/** Passes the answer of an instance on to one stream: HTTP/1.1 comes in, HTTP/2 goes out. */
export class StreamAnswer {
  status = 0;
  /** When the head came, in the time of `performance.now()`; null: its time says nothing. */
  headAt: number | null = null;
  /** Whether the instance's connection may carry another request. */
  reusable = false;
  readonly #stream: ServerHttp2Stream;
  readonly #forHead: boolean;
  readonly #headSize: number;
  readonly #extra: () => RawHeaders;
  readonly #declines: (status: number) => boolean;
  #partial: Buffer | null = null;
  #body: AnswerBody | null = null;
  #room = true;

  /**
   * `forHead`: no body follows, whatever is said of it. `extra`: header lines that the answer gets. `declines`: whether an
   * answer with this status is not for the client, asked from 400 on.
   */
  constructor(
    stream: ServerHttp2Stream,
    forHead: boolean,
    headSize: number,
    extra: () => RawHeaders,
    declines: (status: number) => boolean,
  ) {
    this.#declines = declines;
    this.#stream = stream;
    this.#forHead = forHead;
    this.#headSize = headSize;
    this.#extra = extra;
  }

  get headSent(): boolean {
    return this.#body !== null;
  }

  /** Whether anything came so far. */
  get begun(): boolean {
    return this.#body !== null || this.#partial !== null;
  }

  get bytesOut(): number {
    return this.#body?.size ?? 0;
  }

  /** Only its end, the closing of the connection, tells that the answer is whole. */
  get untilClose(): boolean {
    return this.#body?.untilClose ?? false;
  }

  /** The bytes may be used until this returns. */
  receive(bytes: Buffer, length: number): Progress {
    this.#room = true;
    if (this.#body !== null) return this.#read(this.#body, bytes, 0, length);
    let start = 0;
    if (this.#partial !== null) {
      bytes = Buffer.concat([this.#partial, bytes.subarray(0, length)]);
      length = bytes.length;
      this.#partial = null;
    }
    for (;;) {
      const after = head.parse(bytes, start, length);
      if (after === MORE && length - start <= this.#headSize) {
        this.#partial = Buffer.from(bytes.subarray(start, length));
        return OPEN;
      }
      if (after <= 0 || head.status === 101 || after - start > this.#headSize) return BROKEN;
      // node says none of these to a client.
      if (head.status > MOST_STATUS) return BROKEN;
      if (head.status >= 400 && this.#declines(head.status)) return DECLINED;
      if (head.status >= 200) return this.#read(this.#respond(bytes), bytes, after, length);
      if (head.status === 103) this.#earlyHints(bytes);
      start = after;
    }
  }

  /** Ends an answer that would go on, where that can look whole; whether it does. */
  endEarly(): boolean {
    if (this.#body === null || this.#body.hasLength) return false;
    this.reusable = false;
    return true;
  }

  /** Sends what may follow the body, and the end. */
  end(): void {
    const body = this.#body!;
    if (body.mayHaveTrailers) {
      const trailers = headersOf(readTrailers(body.trailers()));
      this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers));
    }
    if (!this.#stream.writableEnded) this.#stream.end();
  }

  #respond(bytes: Buffer): AnswerBody {
    const bodiless = this.#forHead || BODILESS.has(head.status);
    const body = new AnswerBody(head, bodiless, (from, first, last) => {
      // The memory is the connection's, and the stream keeps what it is given until the client makes room.
      this.#room = this.#stream.write(Buffer.from(from.subarray(first, last)));
    });
    this.#body = body;
    this.status = head.status;
    this.headAt = head.startsWith(bytes, N.contentType, 'text/event-stream') ? null : performance.now();
    this.reusable = !head.close && !body.untilClose;
    const headers = answerHead(head, bytes, this.#extra());
    // Whatever the instance has to say with it: 205 has no content (RFC 9110, 15.3.6).
    if (head.status === 205) delete headers['content-length'];
    this.#stream.respond(headers, { endStream: body.whole, waitForTrailers: body.mayHaveTrailers });
    return body;
  }

  #read(body: AnswerBody, bytes: Buffer, start: number, length: number): Progress {
    if (!body.read(bytes, start, length)) return BROKEN;
    // Nobody can say what bytes behind the end are.
    if (body.surplus) this.reusable = false;
    if (body.whole) return WHOLE;
    return this.#room ? OPEN : FULL;
  }

  #earlyHints(bytes: Buffer): void {
    const link: string[] = [];
    const { lines } = head;
    for (let i = 0; i < lines.count; i += 1) {
      if (lines.number[i] === N.link)
        link.push(bytes.toString('latin1', lines.valueStart[i]!, lines.valueEnd[i]!));
    }
    if (link.length > 0) this.#stream.additionalHeaders({ ':status': 103, link });
  }
}
