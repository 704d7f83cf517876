import type { ServerHttp2Stream } from 'node:http2';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { Lease } from '../endpoints/environment.ts';
import { BROKEN, DECLINED, FULL, WHOLE } from '../fast/answer-relay.ts';
import { STALLED } from '../fast/delivery.ts';
import { type FaultyTaker, GuardedTaker } from '../fast/guarded-taker.ts';
import type { ReadMemory } from '../fast/read-memory.ts';
import type { UpstreamConnection, UpstreamPool, UpstreamPools } from '../fast/upstream.ts';
import { type OwnAnswer, TOO_LARGE, TOO_SLOW } from '../http/answer.ts';
import { outcomeOf } from '../http/attempt.ts';
import { ATTEMPTS, failureAnswer, refusalOf } from '../http/exchange.ts';
import { introductionOf, type RawHeaders, requestHead } from '../http/head.ts';
import { OVERLOADED } from '../overload/busy.ts';
import { isNoHelp, NOWHERE } from '../skew/stand-in.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Visit } from '../visit/visit.ts';
import { answerStream, leaveRest } from './answer.ts';
import type { StreamRequest } from './request.ts';
import { StreamAnswer } from './stream-answer.ts';
import { Upload } from './upload.ts';

export interface StreamTools {
  readonly pools: UpstreamPools;
  readonly limits: Limits;
  readonly complaints: Complaints;
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const NEVER = Number.POSITIVE_INFINITY;

/**
 * One request of HTTP/2: an instance is chosen, the request said to it in HTTP/1.1, the answer streamed back. Where
 * nothing of the request has reached the instance, another one gets it. What fails here concerns no other stream.
 */
export class StreamExchange implements FaultyTaker {
  /** When `expire` is due, in the time of `performance.now()`. */
  deadline = NEVER;
  readonly #stream: ServerHttp2Stream;
  readonly #request: StreamRequest;
  readonly #visit: Visit;
  readonly #tools: StreamTools;
  #answer: StreamAnswer;
  readonly #upload: Upload | null;
  readonly #guard = new GuardedTaker(this);
  /** Tells those who look for an instance that the client has left; most requests find theirs at once. */
  #looking: AbortController | null = null;
  #attempts = 0;
  #lease: Lease | null = null;
  /** Another environment's lease for what the first one has not; it is asked from the moment that it is here. */
  #standIn: Lease | null = null;
  #pool: UpstreamPool | null = null;
  #upstream: UpstreamConnection | null = null;
  /** The client takes no more of the answer for now. */
  #blocked = false;
  /** The request has been counted; what is left is for the client to read. */
  #over = false;
  /** When the answer has to be whole, in the time of `performance.now()`. */
  #endsAt: number;

  /** `trailers`: what has come behind the body, once that has ended. */
  constructor(
    stream: ServerHttp2Stream,
    request: StreamRequest,
    trailers: () => RawHeaders,
    visit: Visit,
    tools: StreamTools,
  ) {
    this.#stream = stream;
    this.#request = request;
    this.#visit = visit;
    this.#tools = tools;
    const { time, body } = visit.service.http.limits;
    this.#endsAt = time === null ? NEVER : visit.startedAt + time;
    this.#answer = this.#newAnswer();
    this.#upload = stream.endAfterHeaders
      ? null
      : new Upload(stream, request.contentLength, body, trailers, {
          moved: (room) => this.#waitFor(room ? tools.limits.bodyIdle : tools.limits.answerHead),
          ended: () => this.#waitFor(this.#answer.headSent ? NEVER : tools.limits.answerHead),
          broken: () => this.#cutOff('gone', 'its body is not what its head says'),
          tooLarge: () => this.#refuseUpload('4xx', TOO_LARGE),
        });
    stream.on('close', () => this.#closed());
  }

  /** Finds an instance, at once or as soon as there is one. */
  begin(): void {
    try {
      if (this.#visit.refusedByRouter()) {
        this.#conclude('unreachable');
        this.#say(OVERLOADED);
        return;
      }
      const lease = this.#visit.targetNow();
      if (lease !== null) this.#connect(lease);
      else this.#find();
    } catch (error) {
      this.fault(error);
    }
  }

  /** The deadline has passed. */
  expire(): void {
    try {
      this.#expire();
    } catch (error) {
      this.fault(error);
    }
  }

  #expire(): void {
    this.deadline = NEVER;
    const late = performance.now() >= this.#endsAt;
    if (this.#over || this.#blocked) this.#cutOff('gone', 'the client does not read');
    else if (this.#upstream?.isConnected === false && !late) this.#notReached(false);
    else if (this.#upload?.done === false && this.#upstream?.socket.writableNeedDrain)
      this.#broken(new Error(STALLED), 'timed-out');
    else if (this.#upload?.done === false) this.#refuseUpload('gone', TOO_SLOW);
    else if (this.#answer.headSent) this.#broken(new Error('the answer took too long'), 'timed-out');
    else this.#fail('timed-out', new Error('no answer in time'));
  }

  connected(): void {
    const { method, destination, lines, expectsContinue } = this.#request;
    const head = requestHead(lines, destination.authority, introductionOf(this.#visit));
    if (this.#upload !== null) head.push(...this.#upload.framing);
    let text = `${method} ${destination.path} HTTP/1.1\r\n`;
    for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`;
    const { socket } = this.#upstream!;
    const { limits } = this.#tools;
    socket.write(`${text}\r\n`, 'latin1');
    this.#waitFor(this.#upload === null ? limits.answerHead : limits.bodyIdle);
    if (this.#upload === null) return;
    if (expectsContinue) this.#stream.additionalHeaders({ ':status': 100 });
    this.#upload.begin(socket);
  }

  received({ bytes }: ReadMemory, length: number): boolean {
    const before = this.#answer.headSent;
    const progress = this.#answer.receive(bytes, length);
    if (!before && this.#answer.headSent) {
      const { headAt } = this.#answer;
      if (headAt === null) {
        // An event stream goes on for as long as both like, but ends politely when the drain of its environment is over.
        this.#endsAt = NEVER;
        this.#lease!.endpoint.leaving.add(this.#onLeaving);
      }
      if (this.#upload?.done !== false) this.#waitFor(NEVER);
      if (progress !== WHOLE) this.#visit.answered(headAt);
    }
    if (progress === WHOLE) this.#finish();
    else if (progress === DECLINED) this.#askElsewhere();
    else if (progress === BROKEN) this.#broken(new Error('the answer is malformed'));
    else if (progress === FULL && !this.#blocked) {
      this.#blocked = true;
      this.#stream.once('drain', () => this.#clientDrained());
      this.#waitFor(this.#tools.limits.sendIdle);
    }
    return !this.#blocked;
  }

  ended(): void {
    if (this.#answer.untilClose) this.#finish();
  }

  closed(error: NodeJS.ErrnoException | null): void {
    const upstream = this.#upstream!;
    if (!upstream.isConnected) return void this.#notReached(error?.code === 'ECONNREFUSED');
    if (!this.#answer.begun && this.#upload === null && IDEMPOTENT.has(this.#request.method)) {
      if (upstream.reused) return void this.#open(this.#pool!.open());
      // A reset, rather than an end: it stood unread in the queue of an instance that has stopped listening.
      if (error?.code === 'ECONNRESET') return void this.#notReached(false);
    }
    this.#broken(error ?? new Error('the connection closed before the answer was whole'));
  }

  drained(): void {
    if (this.#upload === null || this.#upload.done) return;
    this.#waitFor(this.#tools.limits.bodyIdle);
    this.#upload.resume();
  }

  fault(error: unknown): void {
    this.#tools.complaints.fault(this.#visit, error);
    this.#cutOff('cut-off', 'a fault in the router');
  }

  #onLeaving = (): void => {
    if (this.#answer.endEarly()) this.#finish();
  };

  #find(): void {
    this.#looking ??= new AbortController();
    const found = this.#visit.target(this.#looking.signal).then((arrival) => {
      this.#looking = null;
      if (arrival.kind === 'target') {
        if (this.#over) arrival.lease.release();
        else this.#connect(arrival.lease);
      } else if (arrival.kind !== 'gone' && !this.#over) {
        const own = refusalOf(this.#visit, arrival, this.#tools.complaints);
        this.#settle();
        this.#say(own);
      }
    });
    found.catch((error: unknown) => this.fault(error));
  }

  #connect(lease: Lease): void {
    this.#attempts += 1;
    this.#lease = lease;
    this.#pool = this.#tools.pools.of(lease.endpoint);
    this.#open(this.#pool.acquire());
  }

  #open(upstream: UpstreamConnection): void {
    this.#upstream = upstream;
    upstream.taker = this.#guard;
    if (upstream.isConnected) this.connected();
    else this.#waitFor(this.#tools.limits.connect);
  }

  #waitFor(ms: number): void {
    this.deadline = Math.min(performance.now() + ms, this.#over ? NEVER : this.#endsAt);
  }

  #clientDrained(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#waitFor(this.#upload?.done === false ? this.#tools.limits.bodyIdle : NEVER);
    this.#upstream?.socket.resume();
  }

  #finish(): void {
    const upstream = this.#upstream!;
    this.#upstream = null;
    if (this.#answer.reusable && this.#upload?.done !== false)
      this.#pool!.release(upstream, performance.now());
    else upstream.abandon();
    this.#conclude(outcomeOf(this.#answer.status));
    this.#answer.end();
    leaveRest(this.#stream);
  }

  /** Nothing of the request has left: another instance may have it. */
  #notReached(refused: boolean): void {
    this.#lease!.endpoint.report(refused ? 'refused' : 'failed');
    this.#leave();
    const mayTry = this.#attempts < ATTEMPTS && this.#standIn === null;
    if (mayTry && this.#visit.service.mayRetry()) this.#find();
    else this.#fail('unreachable', new Error('no instance could be reached'));
  }

  #broken(error: Error, outcome: 'cut-off' | 'timed-out' = 'cut-off'): void {
    if (!this.#answer.headSent) return void this.#fail(outcome, error);
    this.#tools.complaints.failed(this.#visit, this.#lease!, outcome, error);
    this.#cutOff(outcome, error.message);
  }

  #fail(outcome: RequestOutcome, error: Error): void {
    if (this.#standIn !== null) return void this.#foundNowhere();
    this.#tools.complaints.failed(this.#visit, this.#lease!, outcome, error);
    this.#conclude(outcome);
    this.#say(failureAnswer(outcome));
  }

  #refuseUpload(outcome: RequestOutcome, own: OwnAnswer): void {
    if (this.#answer.headSent) return void this.#cutOff('gone', own.message);
    this.#conclude(outcome);
    this.#say(own);
  }

  /** Whether the answer's head is not for the client, because another environment may have what this one has not. */
  #declines(status: number): boolean {
    if (this.#standIn !== null) return isNoHelp(status);
    if (status !== 404 || this.#upload !== null) return false;
    const { method, destination } = this.#request;
    this.#standIn = this.#visit.standIn(this.#lease!, method, destination.path);
    return this.#standIn !== null;
  }

  #askElsewhere(): void {
    if (this.#lease === this.#standIn) return void this.#foundNowhere();
    this.#leave();
    this.#answer = this.#newAnswer();
    this.#connect(this.#standIn!);
  }

  /** The one that stood in has not got it either, or did not answer: the client hears what its own environment said. */
  #foundNowhere(): void {
    this.#visit.standDown();
    this.#conclude('4xx');
    this.#say(NOWHERE);
  }

  #newAnswer(): StreamAnswer {
    const { answerHeadSize } = this.#tools.limits;
    return new StreamAnswer(
      this.#stream,
      this.#request.method === 'HEAD',
      answerHeadSize,
      () => this.#visit.answerLines(this.#lease!),
      (status) => this.#declines(status),
    );
  }

  #say(own: OwnAnswer): void {
    const { method, lines } = this.#request;
    const { requestId, service } = this.#visit;
    answerStream(this.#stream, method, lines, requestId, { ...own, page: service.page });
  }

  /** The answer cannot be brought to its end. Closing the stream would end it first, as if it were whole. */
  #cutOff(outcome: RequestOutcome, why: string): void {
    this.#conclude(outcome);
    this.#stream.destroy(new Error(why));
  }

  /** The client has all that it gets, or has gone. */
  #closed(): void {
    this.#conclude('gone');
    this.#looking?.abort();
  }

  /** Counts the request, once, and gives back what it holds. The client has some time to read what is left. */
  #conclude(outcome: RequestOutcome): void {
    if (this.#over) return;
    const { headAt, bytesOut, headSent, status } = this.#answer;
    this.#settle();
    this.#visit.end(outcome, headAt, bytesOut, headSent ? status : undefined);
  }

  #settle(): void {
    this.#over = true;
    if (this.#upload?.done === false) this.#upload.drop();
    this.#leave();
    this.#waitFor(this.#tools.limits.bodyIdle);
  }

  #leave(): void {
    this.#upstream?.abandon();
    this.#upstream = null;
    this.#lease?.endpoint.leaving.delete(this.#onLeaving);
    this.#lease?.release();
  }
}
