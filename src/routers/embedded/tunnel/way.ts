import type { Duplex } from 'node:stream';
import { closeFrame, SERVICE_RESTART } from './close-frame.ts';
import { FrameWatch } from './frame-watch.ts';

/** One direction of a tunnel: what comes is written at once, so that a short message costs one read and one write. */
export class Way {
  readonly #from: Duplex;
  readonly #to: Duplex;
  /** null: what passes has no frames. */
  readonly #watch: FrameWatch | null;
  readonly #masked: boolean;
  #closing = false;

  /** `masked`: as clients send frames. `early`: what came before, written at once. */
  constructor(from: Duplex, to: Duplex, webSocket: boolean, masked: boolean, early: Buffer) {
    this.#from = from;
    this.#to = to;
    this.#watch = webSocket ? new FrameWatch() : null;
    this.#masked = masked;
    if (early.length > 0) this.#pass(early);
  }

  start(): void {
    const from = this.#from;
    from.on('data', this.#onData);
    from.once('end', this.#onEnd);
    this.#to.on('drain', this.#onDrain);
    if (from.readableEnded) this.#onEnd();
    else if (!this.#to.writableNeedDrain) from.resume();
    else from.pause();
  }

  /** Ends it, as soon as no frame is under way. What comes afterwards is dropped. */
  close(): void {
    this.#closing = true;
    this.#endBetweenFrames();
  }

  #onData = (chunk: Buffer): void => {
    if (!this.#pass(chunk)) this.#from.pause();
    if (this.#closing) this.#endBetweenFrames();
  };

  #onDrain = (): void => {
    this.#from.resume();
  };

  #onEnd = (): void => {
    this.#to.end();
  };

  /** false: the other side takes no more until it drains. */
  #pass(bytes: Buffer): boolean {
    this.#watch?.push(bytes);
    // A side that has closed its half in both directions, as plain sockets do, takes nothing any more.
    return !this.#to.writable || this.#to.write(bytes);
  }

  #endBetweenFrames(): void {
    const watch = this.#watch;
    if (this.#to.writableEnded || (watch !== null && !watch.atBoundary)) return;
    this.#from.off('data', this.#onData);
    this.#from.resume();
    if (watch === null || watch.closed) this.#to.end();
    else this.#to.end(closeFrame(SERVICE_RESTART, this.#masked));
  }
}
