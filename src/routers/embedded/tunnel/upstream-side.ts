import type { Socket } from 'node:net';
import type { ReadMemory } from '../fast/reads/read-memory.ts';
import type { AnswerTaker, UpstreamConnection } from '../fast/upstream.ts';
import type { Side, SideTaker } from './side.ts';

/** The side of an instance of HTTP/1.1: what it sends is read into the router's own memory, with nothing allocated for it. */
export class UpstreamSide implements Side, AnswerTaker {
  readonly stream: Socket;
  #taker: SideTaker | null = null;

  /** From now on nobody else hears of the connection. It is paused until there is somebody who takes what comes. */
  constructor(upstream: UpstreamConnection) {
    this.stream = upstream.socket;
    this.stream.pause();
    upstream.taker = this;
  }

  lead(taker: SideTaker): void {
    this.#taker = taker;
  }

  received(read: ReadMemory, length: number): boolean {
    return this.#taker!.takeRead(read, length);
  }

  // The rest the tunnel hears from the stream, as it does of its other side.
  connected(): void {}
  ended(): void {}
  closed(): void {}
  drained(): void {}
}
