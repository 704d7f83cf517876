import type { Socket } from 'node:net';
import { HEAD_TOO_SLOW, lastWords } from '../../http/last-words.ts';
import type { Peer } from '../../visit/peer.ts';
import type { Visit } from '../../visit/visit.ts';
import { copyOf } from '../../wire/bytes.ts';
import { MORE } from '../../wire/header-lines.ts';
import { hasLineEnd } from '../../wire/request-head.ts';
import type { Delivery } from '../delivery.ts';
import type { Entrance, Shared } from '../fast-path.ts';
import type { Passage } from '../passage.ts';
import { leaveReads, takeReads } from '../reads/direct-reads.ts';
import { arrivalOf, type Change } from './arrival.ts';
import type { ClientSide } from './client-side.ts';
import { type Crowded, type Overload, serviceOf } from './enter.ts';
import { handOver } from './hand-over.ts';
import { overloadAnswer } from './own-answer.ts';
import { RoomWait } from './room-wait.ts';
import { watchReading } from './watch-reading.ts';

/**
 * A client's connection: reads requests, one at a time, and has each delivered. It ends by being closed or by being
 * handed over; the latter only while nothing of a request has reached an instance.
 */
export class ClientConnection implements ClientSide {
  readonly socket: Socket;
  /** By which it came. */
  readonly entrance: Entrance;
  /** When `expire` is due, in the time of `performance.now()`. */
  deadline: number;
  /** On the roster. */
  place = 0;
  readonly #shared: Shared;
  readonly #onEnd: (connection: ClientConnection) => void;
  readonly #peer: Peer;
  /** Of the request in work; null: there is none. */
  #delivery: Delivery | null = null;
  /** Bytes that are not served yet: the beginning of a head, or requests behind the one in work. */
  #pending: Buffer | null = null;
  /** The request that `#pending` begins with waits for room at its instances. */
  #waiting: RoomWait | null = null;
  #served = false;
  #requests = 0;
  /** Requests that it may bring, by the service of the last one; null: any number. */
  #most: number | null = null;
  /** Nothing that comes counts any more. */
  #over = false;

  constructor(
    socket: Socket,
    entrance: Entrance,
    shared: Shared,
    onEnd: (connection: ClientConnection) => void,
  ) {
    this.socket = socket;
    this.entrance = entrance;
    this.#shared = shared;
    this.#onEnd = onEnd;
    this.#peer = entrance.peerOf(socket);
    this.deadline = performance.now() + shared.limits.head;
    takeReads(socket, this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onFin);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** A deadline has passed. */
  expire(): void {
    this.#guard(() => this.#expire());
  }

  closeIfIdle(): void {
    // An answer that the client has yet to read is no idleness.
    if (this.#passage !== null || this.#pending !== null || this.#over) return;
    if (this.socket.writableLength === 0) this.socket.destroy();
  }

  closes(): boolean {
    return (this.#most !== null && this.#requests >= this.#most) || this.entrance.closing();
  }

  /** Requests behind the one in work wait in the kernel, but for what was read with it. */
  hold(bytes: Buffer): void {
    this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
    this.socket.pause();
  }

  done(closes: boolean, more: boolean, now: number): void {
    this.#letGo();
    if (closes) this.#close(more);
    else this.#serveOn(now);
  }

  handOver(bytes: Buffer): void {
    const { socket } = this;
    const rest = this.#pending === null ? bytes : Buffer.concat([bytes, this.#pending]);
    this.#part();
    handOver(socket, rest, this.entrance.handOver, (error) => this.#fault(error));
  }

  /** Somebody else serves the connection from now on; it is paused. */
  #part(): void {
    const { socket } = this;
    this.#over = true;
    this.#pending = null;
    this.#letGo();
    this.#onEnd(this);
    leaveReads(socket, this.#onData);
    socket.off('drain', this.#onDrain);
    socket.off('end', this.#onFin);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    socket.pause();
  }

  get #passage(): Passage | null {
    return this.#delivery === null ? null : this.#delivery.passage;
  }

  /** The request in work is over, as far as its delivery is concerned. */
  #letGo(): void {
    const delivery = this.#delivery;
    if (delivery === null) return;
    this.#delivery = null;
    this.#shared.deliveries.giveBack(delivery);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.#shared.complaints.fault(this.#passage?.visit ?? null, error);
    this.socket.destroy();
  }

  #expire(): void {
    const passage = this.#passage;
    if (this.#over) this.socket.destroy();
    else if (this.#waiting !== null) this.#refuseWaiting(this.#waiting);
    else if (passage !== null) this.#delivery!.expire(passage);
    else if (this.#served && this.socket.writableLength > 0) {
      this.deadline = Number.POSITIVE_INFINITY;
      watchReading(this.socket, this.#shared.limits.sendIdle, () => this.closeIfIdle());
    } else if (this.#served && this.#pending === null) this.socket.destroy();
    else {
      this.socket.write(lastWords(HEAD_TOO_SLOW), 'latin1');
      this.#close(false);
    }
  }

  #onData = (chunk: Buffer, lent = false): void => {
    if (this.#over) return;
    try {
      this.#take(chunk, lent);
    } catch (error) {
      this.#fault(error);
    }
  };

  #take(chunk: Buffer, lent: boolean): void {
    const passage = this.#passage;
    if (passage !== null) {
      this.#delivery!.take(passage, toKeep(chunk, lent));
      return;
    }
    if (this.#waiting !== null) return void this.hold(toKeep(chunk, lent));
    if (this.#pending === null) return void this.#next(chunk, lent);
    const bytes = Buffer.concat([this.#pending, chunk]);
    this.#pending = bytes;
    if (hasLineEnd(chunk) || bytes.length > this.#shared.limits.headSize) this.#next(bytes, false);
  }

  #onDrain = (): void => {
    if (this.#passage !== null) this.#delivery!.clientDrained();
    else if (!this.#over && this.#waiting === null) this.#guard(() => this.#serveOn(performance.now()));
  };

  /** As node's own server does: a client that closes its side while it waits has left. */
  #onFin = (): void => {
    if (this.#passage !== null || this.#waiting !== null) this.socket.destroy();
    else this.socket.end();
  };

  #onError = (): void => {
    // What it means is found out by the closing that follows.
  };

  #onClose = (): void => {
    this.#over = true;
    this.#onEnd(this);
    this.#waiting?.leave();
    this.#delivery?.gone();
    this.#letGo();
  };

  /** Begins with the request that these bytes begin with. `lent`: they may change when this returns. */
  #next(bytes: Buffer, lent: boolean): void {
    const waited = this.#waiting?.visit ?? null;
    this.#pending = null;
    this.#waiting = null;
    const arrival = arrivalOf(this.#shared, this.entrance, this.#peer, this.socket, bytes, waited);
    if (arrival === MORE) this.#awaitRest(toKeep(bytes, lent));
    else if (arrival === null) this.handOver(toKeep(bytes, lent));
    else if ('change' in arrival) this.#change(arrival.change, toKeep(arrival.early, lent));
    else this.#begin(arrival, bytes, lent, waited !== null);
  }

  /** The head that these bytes begin has yet to come whole. */
  #awaitRest(bytes: Buffer): void {
    if (this.#served) this.deadline = performance.now() + this.#shared.limits.head;
    this.#served = false;
    this.#pending = bytes;
  }

  #change(change: Change['change'], early: Buffer): void {
    this.#part();
    this.entrance.change(change, this.socket, early);
  }

  #begin(entered: Passage | Crowded | Overload, bytes: Buffer, lent: boolean, again: boolean): void {
    const { head } = this.#shared;
    if (!again) this.#requests += 1;
    this.#most = serviceOf(entered).http.limits.requests;
    if ('refusedBy' in entered) {
      const forHead = head.method === 'HEAD';
      this.#refuse(toKeep(bytes, lent), entered.bodyStart, (closes) => overloadAnswer(forHead, closes));
    } else if ('waits' in entered) this.#wait(toKeep(bytes, lent), entered.waits, again);
    else {
      if (entered.bodyEnd < bytes.length) this.hold(toKeep(bytes.subarray(entered.bodyEnd), lent));
      this.#delivery = this.#shared.deliveries.take(this, this.#shared);
      this.#delivery.begin(this, entered, lent);
    }
  }

  /** `again`: somebody else had the room that it was called for, and its time goes on. */
  #wait(bytes: Buffer, visit: Visit, again: boolean): void {
    this.hold(bytes);
    this.#waiting = new RoomWait(visit, bytes, this.#onRoom);
    if (!this.#waiting.isIn) this.#refuseWaiting(this.#waiting);
    else if (!again) this.deadline = performance.now() + this.#shared.limits.room;
  }

  #onRoom = (): void =>
    this.#guard(() => {
      if (this.#over) return;
      this.socket.resume();
      this.#next(this.#pending!, false);
    });

  #refuseWaiting(waiting: RoomWait): void {
    const { head } = this.#shared;
    const bytes = this.#pending!;
    this.#waiting = null;
    this.#pending = null;
    this.#refuse(bytes, waiting.giveUp(head), (closes) => waiting.answer(head, closes));
  }

  /** An answer of the router itself to the request whose head the shared one is, before anything was done about it. */
  #refuse(bytes: Buffer, bodyStart: number, answer: (closes: boolean) => string): void {
    const { head } = this.#shared;
    const hasBody = head.contentLength > 0;
    const closes = head.close || hasBody || this.closes();
    this.socket.write(answer(closes));
    if (!hasBody && bodyStart < bytes.length) this.hold(bytes.subarray(bodyStart));
    this.done(closes, hasBody, performance.now());
  }

  #serveOn(now: number): void {
    this.#served = true;
    // A client that asks without reading would have its answers pile up here.
    if (this.socket.writableNeedDrain) {
      this.deadline = now + this.#shared.limits.sendIdle;
      this.socket.pause();
      return;
    }
    this.deadline = now + this.#shared.limits.keepAlive;
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#pending !== null) this.#next(this.#pending, false);
  }

  /** `more`: the client may still be sending; closing at once would reset the connection before it reads the answer. */
  #close(more: boolean): void {
    this.#over = true;
    this.#pending = null;
    this.deadline = performance.now() + this.#shared.limits.bodyIdle;
    if (!more) {
      this.socket.destroySoon();
      return;
    }
    this.socket.end();
    this.socket.resume();
  }
}

/** `lent`: they may change at any time. */
const toKeep = (bytes: Buffer, lent: boolean): Buffer => (lent ? copyOf(bytes, 0, bytes.length) : bytes);
