import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ClientEnd, ClientRequest } from '../exchange/client-end.ts';
import type { AnswerHead } from '../exchange/errand.ts';
import { isSecure } from '../visit/peer.ts';
import { answer, hasBody, type OwnAnswer } from './answer.ts';
import { type RawHeaders, responseHead } from './head.ts';
import type { Destination } from './strict.ts';

const NO_BODY = new Set([204, 304]);

/** The client's end of a request that node's own server has read. */
export class Http1End implements ClientEnd {
  readonly request: ClientRequest;
  readonly body: Readable | null;
  readonly mostStatus = 999;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #requestId: string;
  #waits: boolean;
  #mayHaveTrailers = false;
  #untilClose = false;

  /** `expectsContinue`: the client waits for 100 before it sends the body. */
  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    { authority, path }: Destination,
    requestId: string,
    expectsContinue: boolean,
  ) {
    const length = req.headers['content-length'];
    this.#req = req;
    this.#res = res;
    this.#requestId = requestId;
    this.#waits = expectsContinue;
    this.body = hasBody(req) ? req : null;
    const contentLength = length === undefined ? null : Number(length);
    this.request = { method: req.method ?? '', authority, path, lines: req.rawHeaders, contentLength };
  }

  get isGone(): boolean {
    return this.#res.destroyed || this.#res.closed;
  }

  trailers(): RawHeaders {
    return this.#req.rawTrailers;
  }

  attend({ drained, closed }: { drained(): void; closed(): void }): void {
    const res = this.#res;
    res.on('drain', () => {
      res.setTimeout(0);
      drained();
    });
    res.on('close', closed);
  }

  wantBody(): void {
    if (this.#waits) this.#res.writeContinue();
    this.#waits = false;
  }

  /** node's own `writeEarlyHints` throws over links that are written in any way but one. */
  earlyHints(links: readonly string[]): void {
    const { socket } = this.#res;
    if (links.length === 0 || this.#req.httpVersionMinor === 0 || socket === null) return;
    // A client that has yet to read what came before does without.
    if (socket.writableNeedDrain) return;
    const lines = links.map((link) => `Link: ${link}\r\n`).join('');
    socket.write(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n`, 'latin1');
  }

  respond({ status, reason, lines, hasLength, mayHaveTrailers }: AnswerHead, extra: RawHeaders): void {
    const res = this.#res;
    const open = !hasLength && this.#req.method !== 'HEAD' && !NO_BODY.has(status);
    this.#untilClose = open && this.#req.httpVersionMinor === 0;
    this.#mayHaveTrailers = open && mayHaveTrailers && !this.#untilClose;
    res.writeHead(status, reason, responseHead(lines, extra, this.#mayHaveTrailers));
  }

  flush(): void {
    if (!this.#res.writableEnded && !this.#res.destroyed) this.#res.flushHeaders();
  }

  write(chunk: Buffer): boolean {
    return this.#res.write(chunk);
  }

  end(trailers: RawHeaders): void {
    if (trailers.length > 0 && this.#mayHaveTrailers) this.#res.addTrailers(pairs(trailers));
    this.#res.end();
  }

  say(own: OwnAnswer): void {
    answer(this.#req, this.#res, this.#requestId, own);
  }

  cutOff(): void {
    const { socket } = this.#req;
    // Where the closing is the end of the answer, only a reset tells that it is not whole; TLS has an end of its own.
    if (this.#untilClose && !isSecure(socket)) socket.resetAndDestroy();
    else this.#res.destroy();
  }

  endUnread(within: number): void {
    this.#res.setTimeout(within);
  }
}

function pairs(raw: RawHeaders): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([raw[i]!, raw[i + 1]!]);
  return list;
}
