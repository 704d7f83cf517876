import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Output } from '../fast/output.ts';
import type { Read } from '../fast/reads/read-memory.ts';
import { isSecure } from '../visit/peer.ts';
import { copyOf } from '../wire/bytes.ts';
import { closeFrame, SERVICE_RESTART } from './close-frame.ts';
import { FrameWatch } from './frame-watch.ts';
import type { Side, SideTaker } from './side.ts';

/** Of use to one write at a time. */
const output = new Output();

/** One direction of a tunnel: what comes is written at once, so that a short message costs one read and one write. */
export class Way implements SideTaker {
  readonly #side: Side;
  readonly #from: Duplex;
  readonly #to: Duplex;
  /** The same, where what was read can be written without memory of its own. */
  readonly #socket: Socket | null;
  /** To ask that of each message takes longer than to copy it. */
  readonly #secure: boolean;
  /** null: what passes has no frames. */
  readonly #watch: FrameWatch | null;
  readonly #masked: boolean;
  readonly #onFault: (error: unknown) => void;
  #closing = false;
  /** What comes now is dropped. */
  #over = false;

  /** `masked`: as clients send frames. `onFault`: called with a defect of the router. */
  constructor(
    from: Side,
    to: Duplex,
    webSocket: boolean,
    masked: boolean,
    onFault: (error: unknown) => void,
  ) {
    this.#side = from;
    this.#from = from.stream;
    this.#to = to;
    this.#socket = to instanceof Socket ? to : null;
    this.#secure = isSecure(to);
    this.#watch = webSocket ? new FrameWatch() : null;
    this.#masked = masked;
    this.#onFault = onFault;
  }

  /** `early`: what came before, written at once. */
  start(early: Buffer): void {
    const from = this.#from;
    if (early.length > 0) this.#pass(early);
    this.#side.lead(this);
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

  take(chunk: Buffer): void {
    if (this.#over) return;
    try {
      if (!this.#pass(chunk)) this.#from.pause();
      if (this.#closing) this.#endBetweenFrames();
    } catch (error) {
      this.#onFault(error);
    }
  }

  takeRead(read: Read, length: number): boolean {
    if (this.#over) return true;
    try {
      const room = this.#passRead(read, length);
      if (this.#closing) this.#endBetweenFrames();
      return room || this.#over;
    } catch (error) {
      this.#onFault(error);
      return false;
    }
  }

  #onDrain = (): void => {
    this.#from.resume();
  };

  #onEnd = (): void => {
    this.#to.end();
  };

  /** false: the other side takes no more until it drains. */
  #pass(bytes: Buffer): boolean {
    this.#watch?.push(bytes, bytes.length);
    // A side that has closed its half in both directions, as plain sockets do, takes nothing any more.
    return !this.#to.writable || this.#to.write(bytes);
  }

  #passRead(read: Read, length: number): boolean {
    this.#watch?.push(read.bytes, length);
    if (!this.#to.writable) return true;
    if (this.#socket === null) return this.#to.write(copyOf(read.bytes, 0, length));
    output.begin(this.#socket, this.#secure);
    // What is dropped at the end is read, too, while this may still wait to be written.
    return output.pass(read, 0, length, true);
  }

  #endBetweenFrames(): void {
    const watch = this.#watch;
    if (this.#to.writableEnded || (watch !== null && !watch.atBoundary)) return;
    this.#over = true;
    this.#from.resume();
    if (watch === null || watch.closed) this.#to.end();
    else this.#to.end(closeFrame(SERVICE_RESTART, this.#masked));
  }
}
