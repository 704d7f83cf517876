import type { Readable } from 'node:stream';
import type { RawHeaders } from '../http/head.ts';
import type { Side } from '../tunnel/side.ts';

/** A request for another protocol on the same connection, or stream. */
export interface UpgradeRequest {
  readonly method: string;
  readonly authority: string;
  /** In origin form. */
  readonly path: string;
  /** As the client has named it. */
  readonly protocol: string;
  /** As an instance of HTTP/1.1 is to hear it, but for the lines that ask for the change. */
  readonly head: RawHeaders;
}

/** The instance has changed: its side of the tunnel. */
export interface Switched {
  readonly kind: 'switched';
  /** HTTP/2 says 200 where HTTP/1.1 says 101. */
  readonly by: 'http/1.1' | 'h2c';
  readonly reason: string;
  readonly lines: RawHeaders;
  readonly side: Side;
  /** What came of the tunnel with the head. */
  readonly early: Buffer;
}

/** An answer as to any other request. */
export interface Declined {
  readonly kind: 'declined';
  readonly status: number;
  readonly reason: string;
  readonly lines: RawHeaders;
  readonly body: Readable;
  /** Whether all of it has come from the instance. */
  isWhole(): boolean;
}

/** What an instance says to an upgrade. */
export type UpgradeReply =
  | Switched
  | Declined
  /** It cannot be asked for this. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'not-reached'; readonly refused: boolean; readonly error: Error }
  | { readonly kind: 'failed'; readonly outcome: 'timed-out' | 'cut-off'; readonly error: Error };
