import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { takeReads } from '../fast/reads/direct-reads.ts';
import { LentRead, type Read } from '../fast/reads/read-memory.ts';

/** Passes on what one side of a tunnel sends. Neither call throws. */
export interface SideTaker {
  /** A piece to keep. */
  take(chunk: Buffer): void;
  /** So many bytes may be used until this returns, and changed. false: no more until the side is resumed. */
  takeRead(read: Read, length: number): boolean;
}

/** One of the two connections that carry on as one. */
export interface Side {
  /** By this it is written to, paused, resumed, ended and destroyed, and tells of its end. */
  readonly stream: Duplex;
  /** Has what comes given to `taker`. Once; before that nothing is read. */
  lead(taker: SideTaker): void;
}

/** A side whose stream says by itself what comes: a client's connection, or a stream of HTTP/2. */
export class StreamSide implements Side {
  readonly stream: Duplex;

  constructor(stream: Duplex) {
    this.stream = stream;
  }

  lead(taker: SideTaker): void {
    const { stream } = this;
    if (!(stream instanceof Socket)) {
      stream.on('data', (chunk: Buffer) => taker.take(chunk));
      return;
    }
    const take = (bytes: Buffer, isLent = false) => {
      if (!isLent) taker.take(bytes);
      else if (!taker.takeRead(lent.of(bytes), bytes.length)) stream.pause();
    };
    takeReads(stream, take);
  }
}

/** Of use to one read at a time. */
const lent = new LentRead();
