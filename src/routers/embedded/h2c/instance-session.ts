import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { MOST_HEADER_LINES } from '../../../core/service/http-spec.ts';
import type { Endpoint } from '../../../core/world.ts';
import { h2cOrigin } from '../../../system/h2c-ask.ts';
import { keepStreamsInTable } from '../turnover/stream-table.ts';
import type { Limits } from '../visit/limits.ts';

/** How much of an answer may be under way, in bytes: as much as clients may have of theirs. */
const WINDOW = 262_144;
/** ...and all of a session's together: one that comes fast is held back by its own window alone. */
const SESSION_WINDOW = 4 * WINDOW;
/** MB that a session's answers may take while their clients do not read them: all windows, and more. */
const MEMORY = 64;
/** Header lines at most, and the pseudo-header. */
const LINES = MOST_HEADER_LINES + 1;
/** What an instance that says nothing of it takes; as many as a client of ours may have. */
const STREAMS = 100;
/** For the instance to close its side of a session that is over, ms. */
const FAREWELL = 1_000;
/** A session on which nothing has come for so long, in ms, is asked whether somebody is there. */
const SILENCE = 10_000;

/** Whoever waits for a session to be ready for a stream of theirs. */
export interface StreamWaiter {
  ready(): void;
  /** It takes fewer streams than was thought: another one is to be found. */
  crowded(): void;
  /** It never came to be. */
  unreached(error: NodeJS.ErrnoException | null): void;
}

/** One connection of HTTP/2 to an instance. Streams are counted from the moment that they are promised a place. */
export class InstanceSession {
  /** The instance has said how many streams it takes. */
  isReady = false;
  /** Streams that it carries or has promised to. */
  streams = 0;
  /** Whether it has carried one to its end. */
  reused = false;
  /** When the last stream ended, in the time of `performance.now()`. */
  idleSince: number;
  /** What the connection met. */
  error: NodeJS.ErrnoException | null = null;
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #since: number;
  readonly #limits: Limits;
  readonly #waiting = new Set<StreamWaiter>();
  /** Streams above this one the instance has done nothing about (RFC 9113, 6.8). */
  #lastStream = Number.POSITIVE_INFINITY;
  #leaving = false;
  #bytesRead = 0;
  #heardAt: number;
  #askedAt: number | null = null;

  constructor(
    { host, port }: Endpoint,
    limits: Limits,
    now: number,
    onEnd: (session: InstanceSession) => void,
  ) {
    this.#limits = limits;
    this.#since = now;
    this.#heardAt = now;
    this.idleSince = now;
    const settings = {
      enablePush: false,
      initialWindowSize: WINDOW,
      maxHeaderListSize: limits.answerHeadSize,
    };
    const options = {
      settings,
      peerMaxConcurrentStreams: STREAMS,
      maxHeaderListPairs: LINES,
      maxSessionMemory: MEMORY,
    };
    this.#socket = connectSocket({ host, port });
    const session = connect(h2cOrigin(host, port), { ...options, createConnection: () => this.#socket });
    this.#session = session;
    keepStreamsInTable(session);
    session.on('connect', () => session.setLocalWindowSize(SESSION_WINDOW));
    session.on('remoteSettings', () => this.#settled());
    session.on('goaway', (_code, lastStream) => {
      this.#lastStream = lastStream;
    });
    session.on('error', (met: NodeJS.ErrnoException) => {
      this.error = met;
    });
    session.on('close', () => {
      onEnd(this);
      for (const waiter of [...this.#waiting]) waiter.unreached(this.error);
    });
  }

  /** Whether it takes one more stream. */
  get hasRoom(): boolean {
    return this.isUsable && this.streams < this.#most;
  }

  /** Whether streams can begin on it, or soon. */
  get isUsable(): boolean {
    return !this.#leaving && !this.#session.closed && !this.#session.destroyed;
  }

  /** It carries WebSocket (RFC 8441). */
  get takesTunnels(): boolean {
    return this.#session.remoteSettings.enableConnectProtocol === true;
  }

  /** Promises a place; `waiter` is called where it is not ready yet. */
  enter(waiter: StreamWaiter): void {
    this.streams += 1;
    if (!this.isReady) this.#waiting.add(waiter);
  }

  /** Gives the place up, or back. */
  leave(waiter: StreamWaiter): void {
    this.streams -= 1;
    this.idleSince = performance.now();
    this.#waiting.delete(waiter);
    if (this.#leaving && this.streams === 0) this.#session.close();
  }

  /** By extended CONNECT: there are no trailers. */
  tunnel(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    return this.#session.request(headers, { endStream: false });
  }

  /** `ends`: there is no body. */
  request(headers: OutgoingHttpHeaders, ends: boolean): ClientHttp2Stream {
    return this.#session.request(headers, { endStream: ends, waitForTrailers: !ends });
  }

  /** Whether the instance has said, or shown, that it did nothing about this stream. */
  hasIgnored({ id, rstCode }: ClientHttp2Stream): boolean {
    return rstCode === constants.NGHTTP2_REFUSED_STREAM || id === undefined || id > this.#lastStream;
  }

  /** Takes no more streams, and ends with the last. */
  retire(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    if (this.streams === 0) this.#session.close();
  }

  /** Ends it if it is idle, never came to be, or does not answer any more. `now` in the time of `performance.now()`. */
  sweep(now: number): void {
    const { connect: within, keepAlive, answerHead } = this.#limits;
    if (!this.isUsable) {
      // node waits for the instance to close its side, too, which some never do.
      if (this.streams === 0 && now - this.idleSince > FAREWELL) this.#socket.destroy();
      return;
    }
    if (!this.isReady) {
      if (now - this.#since > within) this.#session.destroy();
      return;
    }
    if (this.streams === 0 && now - this.idleSince > keepAlive) return void this.retire();
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead) {
      this.#bytesRead = bytesRead;
      this.#heardAt = now;
      this.#askedAt = null;
    } else if (this.#askedAt === null && now - this.#heardAt > Math.min(SILENCE, answerHead)) {
      this.#askedAt = now;
      this.#session.ping(() => undefined); // its answer is heard as anything else is
    } else if (this.#askedAt !== null && now - this.#askedAt > within)
      this.#session.destroy(new Error('the instance does not answer a ping'));
  }

  get #most(): number {
    return Math.min(STREAMS, this.#session.remoteSettings?.maxConcurrentStreams ?? STREAMS);
  }

  #settled(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.#heardAt = performance.now();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    // Those who came first have the places that there are.
    waiting.forEach((waiter, index) => {
      if (this.#most === 0) waiter.unreached(null);
      else if (index < this.#most) waiter.ready();
      else waiter.crowded();
    });
  }
}
