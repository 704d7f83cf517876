import type { Readable } from 'node:stream';
import type { ClientEnd } from './client-end.ts';
import type { Errand } from './errand.ts';
import { readTrailers } from './trailers.ts';

/** What becomes of the body of a request on its way. */
export interface UploadEvents {
  /** Something has gone on its way to the instance. `room`: it takes more at once. */
  moved(room: boolean): void;
  ended(): void;
  /** It is not what its head has promised. */
  broken(): void;
  /** It is more than the service takes. */
  tooLarge(): void;
  /** A fault of the router itself. */
  fault(error: unknown): void;
}

/** So many bytes are kept until the instance has answered: another one may have to get them. As much as one frame of HTTP/2. */
const KEPT = 16_384;

/** The body of one request from its client to an instance, as fast as that takes it: as long as it says it is, or open. */
export class Upload {
  /** Whether all of it has gone to the instance. */
  done = false;
  readonly #client: ClientEnd;
  readonly #body: Readable;
  readonly #length: number | null;
  readonly #most: number;
  readonly #events: UploadEvents;
  #errand: Errand | null = null;
  #sent = 0;
  /** All that has come of it; null: that is more than is kept, or nobody needs it any more. */
  #kept: Buffer[] | null = [];
  #hasCome = false;
  #begun = false;

  /** `most`: bytes that the service takes; null: any. */
  constructor(client: ClientEnd, body: Readable, most: number | null, events: UploadEvents) {
    this.#client = client;
    this.#body = body;
    this.#length = client.request.contentLength;
    this.#most = most ?? Number.POSITIVE_INFINITY;
    this.#events = events;
  }

  /** Whether it says in its head how long it is. */
  get isSized(): boolean {
    return this.#length !== null;
  }

  /** Whether another instance can get it, from its beginning. */
  get isRepeatable(): boolean {
    return this.#kept !== null;
  }

  /** Until here nothing of the body has been read; or it is repeatable, and `rewind` was called. */
  begin(errand: Errand): void {
    this.#errand = errand;
    if (this.#begun) return void this.#repeat(errand);
    this.#begun = true;
    this.#body.on('data', (chunk: Buffer) => this.#guard(() => this.#data(chunk)));
    this.#body.on('end', () => this.#guard(() => this.#end()));
  }

  /** The instance that it went to is not to have it after all. What is still to come waits. */
  rewind(): void {
    if (this.#errand === null) return;
    this.#errand = null;
    this.done = false;
    this.#body.pause();
  }

  /** Nobody else is going to get it. */
  settle(): void {
    this.#kept = null;
  }

  /** The instance takes more. */
  resume(): void {
    if (!this.done && this.#errand !== null) this.#body.resume();
  }

  /** Nothing more of it goes anywhere. */
  drop(): void {
    this.#errand = null;
    this.#kept = null;
    this.done = true;
    this.#body.resume();
  }

  #repeat(errand: Errand): void {
    let room = true;
    for (const chunk of this.#kept ?? []) room = errand.write(chunk);
    this.#events.moved(room);
    if (this.#hasCome) this.#finish(errand);
    else if (room) this.#body.resume();
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#events.fault(error);
    }
  }

  #data(chunk: Buffer): void {
    const errand = this.#errand;
    if (errand === null || chunk.length === 0) return;
    this.#sent += chunk.length;
    if (this.#length !== null && this.#sent > this.#length) return void this.#break();
    if (this.#sent > this.#most) {
      this.drop();
      return void this.#events.tooLarge();
    }
    if (this.#sent <= KEPT) this.#kept?.push(chunk);
    else this.#kept = null;
    const room = errand.write(chunk);
    if (!room) this.#body.pause();
    this.#events.moved(room);
  }

  #end(): void {
    // A body that was broken off may look as if it had ended.
    if (this.done || this.#client.isGone) return;
    if (this.#length !== null && this.#sent < this.#length) return void this.#break();
    this.#hasCome = true;
    if (this.#errand !== null) this.#finish(this.#errand);
  }

  #finish(errand: Errand): void {
    errand.end(readTrailers(this.#client.trailers()));
    this.done = true;
    this.#events.ended();
  }

  #break(): void {
    this.drop();
    this.#events.broken();
  }
}
