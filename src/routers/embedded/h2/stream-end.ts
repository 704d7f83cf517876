import { constants, type ServerHttp2Stream } from 'node:http2';
import { addAbortSignal, type Readable } from 'node:stream';
import type { ClientEnd } from '../exchange/client-end.ts';
import { type AnswerHead, InstanceReset } from '../exchange/errand.ts';
import type { OwnAnswer } from '../http/answer.ts';
import type { RawHeaders } from '../http/head.ts';
import { answerStream, leaveRest } from './answer.ts';
import type { Arrived } from './arrived.ts';
import { headersOf, listOf } from './headers.ts';
import type { StreamRequest } from './request.ts';

const RESET_CONTENT = 205;

/** The client's end of one stream of HTTP/2. */
export class StreamEnd implements ClientEnd {
  readonly request: StreamRequest;
  readonly body: Readable | null;
  /** node says none above to a client. */
  readonly mostStatus = 599;
  readonly #arrived: Arrived;
  readonly #stream: ServerHttp2Stream;
  readonly #requestId: string;
  /** It waits for 100 before it sends the body. */
  #waits: boolean;
  #mayHaveTrailers = false;
  /** The first piece of the answer, until it is known whether it is the last one as well: one write takes it and the end. */
  #held: Buffer | null = null;
  #mayHold = false;

  constructor(arrived: Arrived, request: StreamRequest, requestId: string) {
    const { stream } = arrived;
    this.#arrived = arrived;
    this.#stream = stream;
    this.#requestId = requestId;
    this.request = request;
    this.body = stream.endAfterHeaders ? null : stream;
    this.#waits = request.expectsContinue;
  }

  get isGone(): boolean {
    return this.#arrived.isGone;
  }

  trailers(): RawHeaders {
    return this.#arrived.trailers;
  }

  attend({ drained, closed }: { drained(): void; closed(): void }): void {
    this.#arrived.attend(drained, closed);
  }

  wantBody(): void {
    if (this.#waits) this.#stream.additionalHeaders({ ':status': 100 });
    this.#waits = false;
  }

  earlyHints(links: readonly string[]): void {
    if (links.length > 0) this.#stream.additionalHeaders({ ':status': 103, link: [...links] });
  }

  respond(head: AnswerHead, extra: RawHeaders): void {
    const { status, lines } = head;
    // Whatever the instance has to say with it: 205 has no content (RFC 9110, 15.3.6).
    const isWhole = head.isWhole || status === RESET_CONTENT;
    const said = status === RESET_CONTENT ? withoutLength(lines) : lines;
    this.#mayHaveTrailers = head.mayHaveTrailers && !isWhole;
    this.#arrived.respond(listOf(status, said, extra), {
      endStream: isWhole,
      waitForTrailers: this.#mayHaveTrailers,
    });
    this.#mayHold = true;
  }

  flush(): void {
    this.#mayHold = false;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#write(held);
  }

  write(chunk: Buffer): boolean {
    if (this.#mayHold && this.#held === null) {
      this.#held = chunk;
      return true;
    }
    this.flush();
    return this.#write(chunk);
  }

  end(trailers: RawHeaders): void {
    const stream = this.#stream;
    if (this.#mayHaveTrailers) {
      const lines = headersOf(trailers);
      stream.once('wantTrailers', () => {
        stream.sendTrailers(lines);
        // Once they are on their way: a reset in the same breath would overtake them.
        setImmediate(() => leaveRest(stream));
      });
    } else leaveRest(stream);
    const held = this.#held;
    this.#held = null;
    if (stream.writableEnded) return;
    if (held === null) stream.end();
    else stream.end(held);
  }

  say(own: OwnAnswer): void {
    answerStream(this.#stream, this.request.method, this.request.lines, this.#requestId, own);
  }

  /** Closing the stream would end the answer, as if it were whole. */
  cutOff(why: Error, byClient: boolean): void {
    this.#arrived.isCutOff = !byClient;
    const code = why instanceof InstanceReset ? why.code : constants.NGHTTP2_INTERNAL_ERROR;
    // A call that its instance has cancelled, or has had enough of, rather than failed at, is CANCELLED or RESOURCE_EXHAUSTED to a
    // client of gRPC. Other codes speak of the connection to the instance, in which the client has no part, or would be untrue: a stream
    // that was answered has not been refused. They are INTERNAL_ERROR, which is what node says of a stream that is destroyed.
    if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM && this.#mayHaveTrailers) this.#stream.close(code);
    // `close` would end the answer first, but for one that waits for its trailers.
    else if (code === constants.NGHTTP2_CANCEL) addAbortSignal(AbortSignal.abort(), this.#stream);
    else this.#stream.destroy(why);
  }

  endUnread(): void {
    this.#stream.destroy(new Error('the client does not read'));
  }

  #write(chunk: Buffer): boolean {
    if (this.#stream.writableEnded || this.#stream.write(chunk)) return true;
    this.#arrived.awaitRoom();
    return false;
  }
}

const withoutLength = (lines: RawHeaders): RawHeaders =>
  lines.filter((_, i) => lines[i - (i % 2)]!.toLowerCase() !== 'content-length');
