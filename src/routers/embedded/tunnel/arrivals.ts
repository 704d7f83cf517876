import type { Duplex } from 'node:stream';

/** So many bytes are kept; what comes behind them waits in the kernel. */
const KEPT = 65_536;

/**
 * What a client sends of a tunnel before there is one: until its instance has agreed somebody has to read, or nobody would
 * hear that the client has left. One that closes its side while its answer is due has left, as with any other request.
 */
export class Arrivals {
  readonly #socket: Duplex;
  #pieces: Buffer[];
  #length: number;
  #dropped = false;

  /** `early`: what was read already. */
  constructor(socket: Duplex, early: Buffer) {
    this.#socket = socket;
    this.#pieces = [early];
    this.#length = early.length;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.resume();
  }

  /** All of it, in order. The socket is paused, and whoever reads on is heard of no more. */
  take(): Buffer {
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#onEnd);
    this.#socket.pause();
    return Buffer.concat(this.#pieces);
  }

  /** There will be no tunnel: what comes counts for nothing. */
  drop(): void {
    this.#dropped = true;
    this.#pieces = [];
    this.#socket.resume();
  }

  #onData = (bytes: Buffer): void => {
    if (this.#dropped) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length >= KEPT) this.#socket.pause();
  };

  #onEnd = (): void => {
    this.#socket.destroy();
  };
}
