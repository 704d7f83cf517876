import type { Readable } from 'node:stream';
import type { OwnAnswer } from '../http/answer.ts';
import type { RawHeaders } from '../http/head.ts';
import type { AnswerHead } from './errand.ts';

/** A request as its client said it, in whichever protocol. */
export interface ClientRequest {
  readonly method: string;
  /** The host that was asked for, as the client wrote it, with its port; '' where it named none. */
  readonly authority: string;
  /** In origin form. */
  readonly path: string;
  /** As they came. */
  readonly lines: RawHeaders;
  /** Bytes of the body, where the client has said so; null: it has not, or there is none. */
  readonly contentLength: number | null;
}

/**
 * The client's end of one exchange. What HTTP/1.1 and HTTP/2 say differently is said here; what is said, and when, the
 * exchange decides.
 */
export interface ClientEnd {
  readonly request: ClientRequest;
  /** null: the request has none. Nothing of it is read until somebody listens. */
  readonly body: Readable | null;
  /** The largest status that the client can be told. */
  readonly mostStatus: number;
  /** It has left: nothing can be said any more. */
  readonly isGone: boolean;
  /** What has come behind the body, once that has ended. */
  trailers(): RawHeaders;
  /** `drained`: it takes more, after a `write` that returned false. `closed`: it has all that it gets, or has gone. */
  attend(events: { drained(): void; closed(): void }): void;
  /** The body is wanted now; says 100 to a client that waits for that. */
  wantBody(): void;
  /** 103: values of Link. */
  earlyHints(links: readonly string[]): void;
  /** `extra`: Teal's own lines. What the answer goes on with may come in the same packet. */
  respond(head: AnswerHead, extra: RawHeaders): void;
  /** The answer goes on, but not at once: what is there goes out. */
  flush(): void;
  /** False: no more until `drained`. The chunk stays as it is. */
  write(chunk: Buffer): boolean;
  /** The answer is whole. The client is not waited for with what it still sends. */
  end(trailers: RawHeaders): void;
  /** An answer of the router itself is all that there is. */
  say(own: OwnAnswer): void;
  /**
   * The answer cannot be brought to its end, which the client has to see. `why`: an {@link InstanceReset} says it in its own words.
   * `byClient`: that is the client's own doing.
   */
  cutOff(why: Error, byClient: boolean): void;
  /** It has taken nothing for long: ends it, at once or when it takes nothing for `within` ms from now either. */
  endUnread(within: number): void;
}
