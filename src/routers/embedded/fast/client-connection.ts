import type { Socket } from 'node:net';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { OwnAnswer } from '../http/answer.ts';
import { outcomeOf } from '../http/attempt.ts';
import { failureAnswer } from '../http/exchange.ts';
import { type Peer, peerOf } from '../visit/peer.ts';
import { AnswerRelay, BROKEN, FULL, WHOLE } from './answer-relay.ts';
import { enter } from './enter.ts';
import type { Entrance, Shared } from './fast-path.ts';
import { type FaultyTaker, GuardedTaker } from './guarded-taker.ts';
import { MORE } from './header-lines.ts';
import { ownAnswer } from './own-answer.ts';
import type { Passage } from './passage.ts';
import { hasLineEnd, RequestHead } from './request-head.ts';
import { writeRequest } from './request-writer.ts';

/** What node's own server says to a head that does not come. */
const HEAD_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';
/** One head is looked at at a time: it is parsed again where it is needed later. */
const head = new RequestHead();

/**
 * A client's connection: reads requests, one at a time, leads each to an instance and its answer back. It ends by being
 * closed or by being handed over; the latter only while nothing of a request has reached an instance.
 */
export class ClientConnection implements FaultyTaker {
  /** When `expire` is due, in the time of `performance.now()`. */
  deadline: number;
  readonly #socket: Socket;
  readonly #entrance: Entrance;
  readonly #shared: Shared;
  readonly #onEnd: () => void;
  readonly #peer: Peer;
  readonly #relay: AnswerRelay;
  readonly #guard: GuardedTaker;
  /** Bytes that are not served yet: the beginning of a head, or requests behind the one in work. */
  #pending: Buffer | null = null;
  #passage: Passage | null = null;
  #served = false;
  /** The connection ends with the answer in work. */
  #closes = false;
  /** Nothing that comes counts any more. */
  #over = false;

  constructor(socket: Socket, entrance: Entrance, shared: Shared, onEnd: () => void) {
    this.#socket = socket;
    this.#entrance = entrance;
    this.#shared = shared;
    this.#onEnd = onEnd;
    this.#peer = peerOf(socket.remoteAddress);
    this.#relay = new AnswerRelay(socket, shared, () => this.#endsWithAnswer());
    this.#guard = new GuardedTaker(this);
    this.deadline = performance.now() + shared.limits.head;
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onFin);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** A deadline has passed. */
  expire(): void {
    try {
      this.#expire();
    } catch (error) {
      this.fault(error);
    }
  }

  #expire(): void {
    const passage = this.#passage;
    if (this.#over) return void this.#socket.destroy();
    if (passage === null) {
      if (this.#served && this.#pending === null) this.#socket.destroy();
      else this.#say(HEAD_TIMEOUT);
    } else if (!passage.upstream.isConnected) this.#notReached(passage, false);
    else if (passage.left > 0) this.#uploadStopped(passage);
    else this.#failed(passage, 'timed-out', new Error('no answer in time'));
  }

  closeIfIdle(): void {
    if (this.#passage === null && this.#pending === null && !this.#over) this.#socket.destroy();
  }

  #onData = (chunk: Buffer): void => {
    if (this.#over) return;
    try {
      this.#take(chunk);
    } catch (error) {
      this.fault(error);
    }
  };

  #take(chunk: Buffer): void {
    if (this.#passage !== null) {
      this.#whileBusy(this.#passage, chunk);
      return;
    }
    if (this.#pending === null) {
      this.#next(chunk);
      return;
    }
    const bytes = Buffer.concat([this.#pending, chunk]);
    this.#pending = bytes;
    if (hasLineEnd(chunk) || bytes.length > this.#shared.limits.headSize) this.#next(bytes);
  }

  #onDrain = (): void => {
    this.#passage?.upstream.socket.resume();
  };

  /** As node's own server does: a client that closes its side while it waits has left. */
  #onFin = (): void => {
    if (this.#passage !== null) this.#socket.destroy();
    else this.#socket.end();
  };

  #onError = (): void => {
    // What it means is found out by the closing that follows.
  };

  #onClose = (): void => {
    const passage = this.#passage;
    this.#over = true;
    this.#passage = null;
    this.#onEnd();
    if (passage === null) return;
    passage.upstream.abandon();
    passage.lease.release();
    passage.visit.end('gone', null, 0);
  };

  /** Begins with the request that these bytes begin with. */
  #next(bytes: Buffer): void {
    const { limits } = this.#shared;
    this.#pending = null;
    const bodyStart = head.parse(bytes, 0, bytes.length);
    if (bodyStart === MORE && bytes.length <= limits.headSize) {
      if (this.#served) this.deadline = performance.now() + limits.head;
      this.#served = false;
      this.#pending = bytes;
      return;
    }
    const passage =
      bodyStart > 0 && bodyStart <= limits.headSize
        ? enter(this.#shared, this.#entrance.door, this.#peer, head, bytes, bodyStart)
        : null;
    if (passage === null) {
      this.#handOver(bytes);
      return;
    }
    this.#passage = passage;
    if (passage.bodyEnd < bytes.length) this.#hold(bytes.subarray(passage.bodyEnd));
    this.#closes = head.close;
    this.#relay.begin(head.method === 'HEAD', passage.visit.answerLines(passage.lease));
    this.#send(passage, true);
  }

  /** `parsed`: the shared head is this request's. */
  #send(passage: Passage, parsed: boolean): void {
    const { upstream, bytes } = passage;
    const { limits, output } = this.#shared;
    upstream.taker = this.#guard;
    if (!upstream.isConnected) {
      // Until there is a connection the request may still have to be handed over whole.
      if (passage.left > 0) this.#socket.pause();
      this.deadline = performance.now() + limits.connect;
      return;
    }
    if (!parsed) head.parse(bytes, 0, bytes.length);
    writeRequest(output, upstream.socket, head, bytes, passage.bodyStart, passage.bodyEnd, passage.visit);
    this.deadline = performance.now() + (passage.left > 0 ? limits.bodyIdle : limits.answerHead);
  }

  connected(): void {
    const passage = this.#passage!;
    this.#send(passage, false);
    if (passage.left > 0) this.#socket.resume();
  }

  received(bytes: Buffer, length: number): boolean {
    const passage = this.#passage!;
    const { upstream } = passage;
    const before = this.#relay.headSent;
    const progress = this.#relay.receive(bytes, length);
    if (!before && this.#relay.headSent && passage.left === 0) this.deadline = Number.POSITIVE_INFINITY;
    if (progress === WHOLE) this.#finish(passage);
    else if (progress === BROKEN) this.#broken(passage, new Error('the answer is malformed'));
    else return progress !== FULL;
    return !upstream.socket.destroyed;
  }

  ended(): void {
    if (this.#relay.untilClose) this.#finish(this.#passage!);
  }

  closed(error: NodeJS.ErrnoException | null): void {
    const passage = this.#passage!;
    const { upstream } = passage;
    if (!upstream.isConnected) {
      this.#notReached(passage, error?.code === 'ECONNREFUSED');
      return;
    }
    if (passage.repeatable && !this.#relay.begun) {
      if (upstream.reused) {
        passage.upstream = passage.pool.open();
        this.#send(passage, false);
        return;
      }
      // A reset, rather than an end: it stood unread in the queue of an instance that has stopped listening.
      if (error?.code === 'ECONNRESET') {
        this.#notReached(passage, false);
        return;
      }
    }
    this.#broken(passage, error ?? new Error('the connection closed before the answer was whole'));
  }

  drained(): void {
    if (this.#passage === null || this.#passage.left === 0) return;
    this.deadline = performance.now() + this.#shared.limits.bodyIdle;
    this.#socket.resume();
  }

  #whileBusy(passage: Passage, chunk: Buffer): void {
    if (passage.left === 0) {
      this.#hold(chunk);
      return;
    }
    const { limits } = this.#shared;
    const part = chunk.length > passage.left ? chunk.subarray(0, passage.left) : chunk;
    if (part !== chunk) this.#hold(chunk.subarray(passage.left));
    passage.left -= part.length;
    const room = passage.upstream.socket.write(part);
    if (passage.left === 0) {
      this.deadline = this.#relay.headSent ? Number.POSITIVE_INFINITY : performance.now() + limits.answerHead;
    } else if (room) this.deadline = performance.now() + limits.bodyIdle;
    else {
      // It is the instance that is slow now, not the client.
      this.deadline = Number.POSITIVE_INFINITY;
      this.#socket.pause();
    }
  }

  /** Requests behind the one in work wait in the kernel, but for what was read with it. */
  #hold(bytes: Buffer): void {
    this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#socket.pause();
  }

  /** Asked when the head of the answer goes out. */
  #endsWithAnswer(): boolean {
    // An answer that comes before the whole request: the rest is not waited for.
    this.#closes ||= this.#passage!.left > 0 || this.#entrance.closing();
    return this.#closes;
  }

  #finish(passage: Passage): void {
    const { status, headAt, bytesOut, reusable, untilClose } = this.#relay;
    const now = performance.now();
    this.#passage = null;
    if (reusable && passage.left === 0) passage.pool.release(passage.upstream, now);
    else passage.upstream.abandon();
    passage.lease.release();
    passage.visit.end(outcomeOf(status), headAt, bytesOut);
    if (this.#closes || untilClose) {
      this.#close(passage.left > 0);
      return;
    }
    this.#serveOn(now);
  }

  #serveOn(now: number): void {
    const { limits } = this.#shared;
    this.#served = true;
    this.deadline = now + limits.keepAlive;
    if (this.#pending === null) return;
    this.#socket.resume();
    this.#next(this.#pending);
  }

  /** Nothing of the request has left: node's server tries again, elsewhere if there is another instance. */
  #notReached(passage: Passage, refused: boolean): void {
    passage.upstream.abandon();
    passage.lease.endpoint.report(refused ? 'refused' : 'failed');
    passage.lease.release();
    passage.visit.withdraw();
    this.#handOver(passage.bytes.subarray(0, passage.bodyEnd));
  }

  #broken(passage: Passage, error: Error): void {
    if (!this.#relay.headSent) {
      this.#failed(passage, 'cut-off', error);
      return;
    }
    const { headAt, bytesOut, untilClose } = this.#relay;
    this.#leave(passage);
    passage.visit.end('cut-off', headAt, bytesOut);
    this.#shared.complaints.failed(passage.visit, passage.lease, 'cut-off', null);
    // Where the closing is the end of the answer, only a reset tells that it is not whole.
    if (untilClose) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #failed(passage: Passage, outcome: RequestOutcome, error: Error): void {
    this.#leave(passage);
    passage.visit.end(outcome, null, 0);
    this.#shared.complaints.failed(passage.visit, passage.lease, outcome, error);
    this.#answer(passage, failureAnswer(outcome));
  }

  #uploadStopped(passage: Passage): void {
    this.#leave(passage);
    passage.visit.end('gone', null, 0);
    if (this.#relay.headSent) this.#socket.destroy();
    else this.#answer(passage, { status: 408, message: 'The rest of the request did not come.' });
  }

  /** A fault of the router itself ends this connection and no other. */
  fault(error: unknown): void {
    this.#shared.complaints.fault(this.#passage?.visit ?? null, error);
    this.#socket.destroy();
  }

  #leave(passage: Passage): void {
    this.#passage = null;
    passage.upstream.abandon();
    passage.lease.release();
  }

  /** An answer of the router itself. */
  #answer(passage: Passage, own: OwnAnswer): void {
    const { bytes, visit, left } = passage;
    const closes = this.#closes || left > 0 || this.#entrance.closing();
    head.parse(bytes, 0, bytes.length);
    this.#socket.write(ownAnswer(head, bytes, visit.requestId, own, closes));
    if (closes) this.#close(left > 0);
    else this.#serveOn(performance.now());
  }

  #say(text: string): void {
    this.#socket.write(text, 'latin1');
    this.#close(false);
  }

  /** `more`: the client may still be sending; closing at once would reset the connection before it reads the answer. */
  #close(more: boolean): void {
    this.#over = true;
    this.#pending = null;
    this.deadline = performance.now() + this.#shared.limits.bodyIdle;
    if (!more) {
      this.#socket.destroySoon();
      return;
    }
    this.#socket.end();
    this.#socket.resume();
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    const rest = this.#pending === null ? bytes : Buffer.concat([bytes, this.#pending]);
    this.#over = true;
    this.#passage = null;
    this.#pending = null;
    this.#onEnd();
    socket.off('data', this.#onData);
    socket.off('drain', this.#onDrain);
    socket.off('end', this.#onFin);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    socket.pause();
    socket.unshift(rest);
    this.#entrance.handOver(socket);
    socket.resume();
  }
}
