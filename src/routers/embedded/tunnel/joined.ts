import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EndpointState } from '../endpoints/endpoint.ts';
import { closeFrame, SERVICE_RESTART } from './close-frame.ts';
import { FrameWatch } from './frame-watch.ts';

/** For the end of a frame that is under way, and for an answer to the close frame, ms. */
const FAREWELL = 1_000;

/** Two connections that are to carry on as one. */
export interface Ends {
  readonly client: Duplex;
  readonly instance: Duplex;
  /** What came from either before they were joined. */
  readonly clientEarly: Buffer;
  readonly instanceEarly: Buffer;
}

/**
 * Passes everything on, both ways, until one side ends; resolves then, and never rejects. When the endpoint leaves the
 * table, which is at the end of its drain, both sides of a WebSocket are told so by a close frame, between two
 * frames; the sides of anything else are ended.
 */
export async function joined(ends: Ends, endpoint: EndpointState, webSocket: boolean): Promise<void> {
  const { client, instance, clientEarly, instanceEarly } = ends;
  const ways = [
    new Way(client, instance, webSocket, true, clientEarly),
    new Way(instance, client, webSocket, false, instanceEarly),
  ];
  const leave = () => {
    for (const way of ways) way.close();
    const timer = setTimeout(() => {
      client.destroy();
      instance.destroy();
    }, FAREWELL);
    timer.unref();
  };
  endpoint.leaving.add(leave);
  // Two pipelines and TLS together listen for the closing more often than node thinks wise.
  client.setMaxListeners(0);
  try {
    // Either side may close or break off at any time: that is how tunnels end, not a failure.
    await Promise.allSettled(ways.map((way) => pipeline(way.from, way.to)));
  } finally {
    endpoint.leaving.delete(leave);
  }
}

/** One direction. */
class Way {
  readonly from: Duplex;
  readonly to: Duplex;
  readonly #watch: FrameWatch | null;
  readonly #masked: boolean;
  #closing = false;

  constructor(from: Duplex, to: Duplex, webSocket: boolean, masked: boolean, early: Buffer) {
    this.from = from;
    this.to = to;
    this.#watch = webSocket ? new FrameWatch() : null;
    this.#masked = masked;
    if (early.length > 0) {
      to.write(early);
      this.#watch?.push(early);
    }
    if (this.#watch !== null) from.on('data', this.#onData);
  }

  /** Ends it, as soon as no frame is under way. */
  close(): void {
    this.#closing = true;
    this.#endBetweenFrames();
  }

  #onData = (chunk: Buffer): void => {
    this.#watch!.push(chunk);
    // Whoever passes this chunk on listens, too, and comes after this.
    if (this.#closing) process.nextTick(() => this.#endBetweenFrames());
  };

  #endBetweenFrames(): void {
    const watch = this.#watch;
    if (this.to.writableEnded || (watch !== null && !watch.atBoundary)) return;
    this.from.off('data', this.#onData);
    this.from.unpipe(this.to);
    this.from.resume();
    if (watch === null || watch.closed) this.to.end();
    else this.to.end(closeFrame(SERVICE_RESTART, this.#masked));
  }
}
