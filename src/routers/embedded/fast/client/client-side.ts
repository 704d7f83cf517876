import type { Socket } from 'node:net';

/** The client's connection as a delivery sees it. */
export interface ClientSide {
  readonly socket: Socket;
  /** When to ask what is to be done about a request that takes too long, in the time of `performance.now()`. */
  deadline: number;
  /** Whether the connection ends with the request in work, whatever comes of it. Asked when an answer goes out. */
  closes(): boolean;
  /** Bytes behind the request in work: they wait. */
  hold(bytes: Buffer): void;
  /** The answer has gone out. `more`: the client may still be sending what nobody reads. */
  done(closes: boolean, more: boolean, now: number): void;
  /** Nothing of the request has left: node's own server tries again. */
  handOver(bytes: Buffer): void;
}
