import type { RequestOutcome } from '../../../core/ports.ts';
import { failureAnswer, outcomeOf, STALLED } from '../exchange/refusals.ts';
import { type OwnAnswer, TOO_SLOW } from '../http/answer.ts';
import { NOWHERE } from '../skew/stand-in.ts';
import { isSecure } from '../visit/peer.ts';
import { copyOf } from '../wire/bytes.ts';
import { AnswerRelay, BROKEN, DECLINED, FULL, WHOLE } from './answer-relay.ts';
import type { ClientSide } from './client/client-side.ts';
import { answerInstead } from './client/own-answer.ts';
import { watchReading } from './client/watch-reading.ts';
import type { Shared } from './fast-path.ts';
import { type FaultyTaker, GuardedTaker } from './guarded-taker.ts';
import type { Passage } from './passage.ts';
import { KeptBytes } from './reads/kept-bytes.ts';
import type { ReadMemory } from './reads/read-memory.ts';
import { writeRequest } from './request-writer.ts';
import { Stay } from './stay.ts';

/**
 * Leads a request to its instance, with what is left of its body, and the answer back. Used for one request after the
 * other, of any connection: one that carries no request has none.
 */
export class Delivery implements FaultyTaker {
  /** The request in work. */
  passage: Passage | null = null;
  #closes = false;
  /** The client has yet to read what it was sent, and the instance waits for that. */
  #full = false;
  /** The instance has left the table, and the event stream ends with the chunk that is under way. */
  #ends = false;
  #client: ClientSide;
  readonly #shared: Shared;
  readonly #relay: AnswerRelay;
  readonly #stay: Stay;
  readonly #guard: GuardedTaker;
  readonly #kept = new KeptBytes();

  /** `client`: the first one's. */
  constructor(client: ClientSide, shared: Shared) {
    this.#client = client;
    this.#shared = shared;
    this.#relay = new AnswerRelay(
      client.socket,
      shared,
      () => this.#endsWithAnswer(),
      (status) => this.#stay.declines(this.passage!, status),
    );
    this.#stay = new Stay(shared, () => this.#endStream());
    this.#guard = new GuardedTaker(this);
  }

  /** Of this client. The shared head is this request's. `lent`: so are its bytes, to be kept elsewhere. */
  begin(client: ClientSide, passage: Passage, lent: boolean): void {
    const { head } = this.#shared;
    if (lent) passage.bytes = this.#kept.of(passage.bytes, passage.bodyEnd);
    this.#client = client;
    this.passage = passage;
    this.#closes = head.close;
    this.#full = false;
    this.#ends = false;
    this.#relay.begin(client.socket, head.method === 'HEAD', passage.visit.answerLines(passage.lease));
    this.#send(passage, true);
  }

  /** The client sends more: the rest of the body, or what is behind it. */
  take(passage: Passage, chunk: Buffer): void {
    const client = this.#client;
    if (passage.left === 0) return void client.hold(chunk);
    const { limits } = this.#shared;
    const part = chunk.length > passage.left ? chunk.subarray(0, passage.left) : chunk;
    if (part !== chunk) client.hold(chunk.subarray(passage.left));
    passage.left -= part.length;
    const room = passage.upstream.socket.write(part);
    if (passage.left === 0) {
      if (this.#relay.headSent) this.#notDue(passage);
      else this.#due(passage, limits.answerHead);
    } else if (room) this.#due(passage, limits.bodyIdle);
    else {
      // It is the instance that is slow now, not the client.
      this.#due(passage, limits.answerHead);
      client.socket.pause();
    }
  }

  /** The client's deadline has passed. */
  expire(passage: Passage): void {
    const late = performance.now() >= passage.endsAt;
    if (!passage.upstream.isConnected && !late) this.#notReached(passage, false);
    else if (passage.left > 0 && passage.upstream.socket.writableNeedDrain)
      this.#broken(passage, new Error(STALLED), 'timed-out');
    else if (passage.left > 0) this.#uploadStopped(passage);
    else if (!this.#relay.headSent) this.#failed(passage, 'timed-out', new Error('no answer in time'));
    else if (!this.#full) this.#broken(passage, new Error('the answer took too long'), 'timed-out');
    else if (late) this.#client.socket.destroy();
    else {
      this.#notDue(passage);
      watchReading(this.#client.socket, this.#shared.limits.sendIdle);
    }
  }

  /** The client has read what it was sent. */
  clientDrained(): void {
    const { passage } = this;
    if (passage === null) return;
    this.#full = false;
    if (passage.left > 0) this.#due(passage, this.#shared.limits.bodyIdle);
    else this.#notDue(passage);
    passage.upstream.socket.resume();
  }

  /** The client went away. */
  gone(): void {
    const { passage } = this;
    if (passage === null) return;
    this.#leave(passage);
    passage.visit.end('gone', null, 0);
  }

  connected(): void {
    const passage = this.passage!;
    this.#send(passage, false);
    if (passage.left > 0) this.#client.socket.resume();
  }

  received(read: ReadMemory, length: number): boolean {
    const passage = this.passage!;
    const { upstream } = passage;
    const before = this.#relay.headSent;
    const progress = this.#relay.receive(read, length);
    if (!before && this.#relay.headSent) {
      if (this.#relay.headAt === null) this.#isEventStream(passage);
      if (passage.left === 0) this.#notDue(passage);
      if (progress !== WHOLE) passage.visit.answered(this.#relay.headAt);
    }
    if (progress === WHOLE) this.#finish(passage, before ? null : this.#relay.headAt);
    else if (this.#ends && this.#relay.endEarly()) this.#finish(passage, null);
    else if (progress === DECLINED) this.#askElsewhere(passage);
    else if (progress === BROKEN) this.#broken(passage, new Error('the answer is malformed'));
    else if (progress === FULL) {
      this.#full = true;
      this.#due(passage, this.#shared.limits.sendIdle);
      return false;
    } else return true;
    return !upstream.socket.destroyed;
  }

  ended(): void {
    if (this.#relay.untilClose) this.#finish(this.passage!, null);
  }

  closed(error: NodeJS.ErrnoException | null): void {
    const passage = this.passage!;
    const { upstream } = passage;
    if (!upstream.isConnected) return void this.#notReached(passage, error?.code === 'ECONNREFUSED');
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
    if (this.passage === null || this.passage.left === 0) return;
    this.#due(this.passage, this.#shared.limits.bodyIdle);
    this.#client.socket.resume();
  }

  fault(error: unknown): void {
    this.#shared.complaints.fault(this.passage?.visit ?? null, error);
    this.#client.socket.destroy();
  }

  /** `parsed`: the shared head is this request's. */
  #send(passage: Passage, parsed: boolean): void {
    const { upstream, bytes } = passage;
    const { limits, output, head } = this.#shared;
    upstream.taker = this.#guard;
    if (!upstream.isConnected) {
      // Until there is a connection the request may still have to be handed over whole.
      if (passage.left > 0) this.#client.socket.pause();
      this.#due(passage, limits.connect);
      return;
    }
    if (!parsed) head.parse(bytes, 0, passage.bodyEnd);
    writeRequest(output, upstream.socket, head, bytes, passage.bodyStart, passage.bodyEnd, passage.visit);
    const now = parsed ? passage.visit.startedAt : performance.now();
    this.#due(passage, passage.left > 0 ? limits.bodyIdle : limits.answerHead, now);
  }

  /** It goes on for as long as client and instance like, but ends politely when the drain of its environment is over. */
  #isEventStream(passage: Passage): void {
    passage.endsAt = Number.POSITIVE_INFINITY;
    this.#stay.untilItLeaves(passage);
  }

  /** The drain is over. */
  #endStream(): void {
    this.#ends = true;
    if (this.#relay.endEarly()) this.#finish(this.passage!, null);
  }

  /** Asked again in so many ms, or when the request's own time is over. */
  #due(passage: Passage, within: number, now = performance.now()): void {
    this.#client.deadline = Math.min(now + within, passage.endsAt);
  }

  /** Only the request's own time counts for now. */
  #notDue(passage: Passage): void {
    this.#client.deadline = passage.endsAt;
  }

  /** Asked when the head of the answer goes out. */
  #endsWithAnswer(): boolean {
    // An answer that comes before the whole request: the rest is not waited for.
    this.#closes ||= this.passage!.left > 0 || this.#client.closes();
    return this.#closes;
  }

  #askElsewhere(passage: Passage): void {
    if (!this.#stay.elsewhere(passage)) return void this.#foundNowhere(passage);
    this.#shared.head.parse(passage.bytes, 0, passage.bodyEnd);
    this.begin(this.#client, passage, false);
  }

  /** The one that stood in has not got it either, or did not answer: the client hears what its own environment said. */
  #foundNowhere(passage: Passage): void {
    this.#leave(passage);
    passage.visit.standDown();
    passage.visit.end('4xx', null, 0);
    this.#answer(passage, NOWHERE);
  }

  /** `at`: when, where that is known; one look at the clock for a head and a body that came together. */
  #finish(passage: Passage, at: number | null): void {
    const { status, headAt, bytesOut, reusable, untilClose } = this.#relay;
    const now = at ?? performance.now();
    this.passage = null;
    this.#stay.finish(passage, reusable && passage.left === 0, now);
    passage.visit.end(outcomeOf(status), headAt, bytesOut, status);
    this.#client.done(this.#closes || untilClose, passage.left > 0, now);
  }

  /** Nothing of the request has left: node's server tries again, elsewhere if there is another instance. */
  #notReached(passage: Passage, refused: boolean): void {
    this.#leave(passage);
    passage.lease.endpoint.report(refused ? 'refused' : 'failed');
    if (!passage.visit.service.mayRetry()) {
      this.#failed(passage, 'unreachable', new Error('not sent again: too many were of late'));
      return;
    }
    passage.visit.withdraw();
    this.#client.handOver(copyOf(passage.bytes, 0, passage.bodyEnd));
  }

  #broken(passage: Passage, error: Error, outcome: 'cut-off' | 'timed-out' = 'cut-off'): void {
    if (!this.#relay.headSent) return void this.#failed(passage, outcome, error);
    const { headAt, bytesOut, untilClose } = this.#relay;
    this.#leave(passage);
    passage.visit.end(outcome, headAt, bytesOut, this.#relay.status);
    this.#shared.complaints.failed(passage.visit, passage.lease, outcome, error);
    // Where the closing is the end of the answer, only a reset tells that it is not whole; TLS has an end of its own.
    if (untilClose && !isSecure(this.#client.socket)) this.#client.socket.resetAndDestroy();
    else this.#client.socket.destroy();
  }

  #failed(passage: Passage, outcome: RequestOutcome, error: Error): void {
    if (passage.standIn !== null) return void this.#foundNowhere(passage);
    this.#leave(passage);
    passage.visit.end(outcome, null, 0);
    this.#shared.complaints.failed(passage.visit, passage.lease, outcome, error);
    this.#answer(passage, failureAnswer(outcome));
  }

  #uploadStopped(passage: Passage): void {
    this.#leave(passage);
    passage.visit.end('gone', null, 0);
    if (this.#relay.headSent) this.#client.socket.destroy();
    else this.#answer(passage, TOO_SLOW);
  }

  /** An answer of the router itself ends the request, which has left. */
  #answer(passage: Passage, own: OwnAnswer): void {
    const ends = this.#closes || passage.left > 0 || this.#client.closes();
    this.#client.socket.write(answerInstead(this.#shared.head, passage, own, ends));
    this.#client.done(ends, passage.left > 0, performance.now());
  }

  #leave(passage: Passage): void {
    this.passage = null;
    this.#stay.leave(passage);
  }
}
