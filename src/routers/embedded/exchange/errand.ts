import type { RawHeaders } from '../http/head.ts';

/** A request as an instance is to hear it. */
export interface ErrandRequest {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  /** The head, with Teal's own lines. */
  readonly lines: RawHeaders;
  /** `sized`: its length is in the head. */
  readonly body: 'none' | 'sized' | 'open';
  /** The client has said that it takes trailers (`TE`). */
  readonly takesTrailers: boolean;
}

/** The head of an instance's answer. */
export interface AnswerHead {
  readonly status: number;
  /** '' where the protocol has none. */
  readonly reason: string;
  /** Without what was for the instance's connection alone, but for `Trailer`. */
  readonly lines: RawHeaders;
  /** It says how long the body is. */
  readonly hasLength: boolean;
  /** No body follows. */
  readonly isWhole: boolean;
  /** Whether lines may follow the body. */
  readonly mayHaveTrailers: boolean;
}

/**
 * What an instance that broke off can have had of the request. `stale`: the connection had served before, and may have been
 * closed before the request came. `unread`: none of it was read. `unprocessed`: the instance has said that it did nothing
 * about it.
 */
export type BreakOff = 'stale' | 'unread' | 'unprocessed' | 'begun';

/** Methods that may be sent again although an instance may have read the request (RFC 9110, 9.2.2). */
export const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** An instance of HTTP/2 has ended a stream before its answer was whole. */
export class InstanceReset extends Error {
  /** RFC 9113, 7. */
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** What becomes of an errand. After `whole`, `unreached` and `broken` nothing comes any more. */
export interface ErrandEvents {
  /** The instance can be asked now. */
  opened(): void;
  /** 103: values of Link. */
  hinted(links: readonly string[]): void;
  answered(head: AnswerHead): void;
  /** A piece of the body, to keep. */
  content(chunk: Buffer): void;
  /** All that has come was told, and the answer is not whole. */
  waits(): void;
  whole(trailers: RawHeaders): void;
  /** The instance takes more of the request. */
  drained(): void;
  /** Nothing of the request has left. `refused`: nobody listens there. */
  unreached(refused: boolean, error: Error | null): void;
  broken(error: Error, what: BreakOff): void;
  /** A fault of the router itself. */
  fault(error: unknown): void;
}

/** One request on its way at one instance, in whichever protocol that speaks. */
export interface Errand {
  /** The instance can be asked; until then nothing leaves. */
  readonly isOpen: boolean;
  /** Whether the instance takes nothing more of the request for now. */
  readonly isFull: boolean;
  /** Says the head. */
  send(request: ErrandRequest): void;
  /** A piece of the body; false: no more until `drained`. */
  write(chunk: Buffer): boolean;
  /** The body is whole. */
  end(trailers: RawHeaders): void;
  /** No more of the answer until `resume`; what has been read still comes. */
  pause(): void;
  resume(): void;
  /** The answer is whole: gives back what carried it. `uploaded`: so is the request. */
  done(uploaded: boolean): void;
  /** Ends it; nobody is told. */
  abandon(): void;
}
