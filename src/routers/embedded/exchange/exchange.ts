import type { RequestOutcome } from '../../../core/ports.ts';
import { type OwnAnswer, TOO_LARGE, TOO_SLOW } from '../http/answer.ts';
import type { RawHeaders } from '../http/head.ts';
import { NOWHERE } from '../skew/stand-in.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Visit } from '../visit/visit.ts';
import { AnswerSoFar } from './answer-so-far.ts';
import { asErrand } from './as-errand.ts';
import type { ClientEnd } from './client-end.ts';
import { type AnswerHead, type BreakOff, type Errand, type ErrandEvents, IDEMPOTENT } from './errand.ts';
import type { Instances } from './instances.ts';
import { failureAnswer, outcomeOf, refusalOf, STALLED, type Unserved } from './refusals.ts';
import { Search, type SearchEvents } from './search.ts';
import { Upload } from './upload.ts';

export interface ExchangeTools {
  readonly instances: Instances;
  readonly limits: Limits;
  readonly complaints: Complaints;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * One request and its answer: an instance is chosen, the request said to it, the answer streamed back, with back-pressure
 * both ways. Where nothing of the request has reached the instance, another one gets it. Whatever happens to it is
 * answered and counted here; what fails here concerns no other request.
 */
export class Exchange implements ErrandEvents, SearchEvents {
  /** When `expire` is due, in the time of `performance.now()`. */
  deadline = NEVER;
  /** On the roster. */
  place = 0;
  readonly #client: ClientEnd;
  readonly #visit: Visit;
  readonly #tools: ExchangeTools;
  readonly #upload: Upload | null;
  readonly #search: Search;
  readonly #onEnd: (exchange: Exchange) => void;
  #errand: Errand | null = null;
  readonly #answer = new AnswerSoFar();
  /** The client takes no more of the answer for now. */
  #blocked = false;
  /** The request has been counted; what is left is for the client to read. */
  #over = false;
  /** When the answer has to be whole, in the time of `performance.now()`. */
  #endsAt: number;

  /** `onEnd`: the client has all that it gets, or has gone. */
  constructor(client: ClientEnd, visit: Visit, tools: ExchangeTools, onEnd: (exchange: Exchange) => void) {
    this.#client = client;
    this.#onEnd = onEnd;
    this.#visit = visit;
    this.#tools = tools;
    const { limits } = tools;
    const { time, body } = visit.service.http.limits;
    this.#endsAt = time === null ? NEVER : visit.startedAt + time;
    this.#search = new Search(visit, () => this.#endEarly());
    this.#upload =
      client.body === null
        ? null
        : new Upload(client, client.body, body, {
            moved: (room) =>
              this.#waitFor(!room ? limits.answerHead : this.#answer.isGrpc ? NEVER : limits.bodyIdle),
            ended: () => this.#waitFor(this.#answer.head === null ? limits.answerHead : NEVER),
            broken: () => this.#cutOff('gone', new Error('its body is not what its head says')),
            tooLarge: () => this.#refuseUpload('4xx', TOO_LARGE),
            fault: (error) => this.fault(error),
          });
    client.attend({
      drained: () => this.#guard(() => this.#clientDrained()),
      closed: () => this.#guard(() => this.#closed()),
    });
  }

  /** Finds an instance, at once or as soon as there is one. */
  begin(): void {
    this.#guard(() => {
      if (this.#client.isGone) this.#closed();
      else this.#search.begin(this);
    });
  }

  /** The deadline has passed. */
  expire(): void {
    this.#guard(() => this.#expire());
  }

  found(): void {
    this.#open(false);
  }

  inVain(arrival: Unserved): void {
    this.#endWith('unreachable', refusalOf(this.#visit, arrival, this.#tools.complaints));
  }

  opened(): void {
    const { limits } = this.#tools;
    const errand = this.#errand!;
    const upload = this.#upload;
    const body = upload === null ? 'none' : upload.isSized ? 'sized' : 'open';
    errand.send(asErrand(this.#client.request, body, this.#visit));
    this.#waitFor(upload === null ? limits.answerHead : limits.bodyIdle);
    if (upload === null) return;
    this.#client.wantBody();
    upload.begin(errand);
  }

  hinted(links: readonly string[]): void {
    if (this.#answer.head === null) this.#client.earlyHints(links);
  }

  answered(head: AnswerHead): void {
    if (this.#declines(head.status)) return void this.#askElsewhere();
    if (head.status > this.#client.mostStatus) {
      return void this.#fail('cut-off', new Error('the answer has a status that the client cannot be told'));
    }
    this.#answer.begin(head);
    this.#upload?.settle();
    if (this.#answer.goesOn) {
      this.#endsAt = NEVER;
      this.#search.untilItLeaves();
    }
    if (this.#answer.isGrpc || this.#upload?.done !== false) this.#waitFor(NEVER);
    this.#client.respond(head, this.#visit.answerLines(this.#search.lease));
  }

  content(chunk: Buffer): void {
    this.#answer.bytesOut += chunk.length;
    if (this.#client.write(chunk) || this.#blocked) return;
    this.#blocked = true;
    this.#errand?.pause();
    this.#waitFor(this.#tools.limits.sendIdle);
  }

  waits(): void {
    if (this.#answer.head === null) return;
    this.#client.flush();
    this.#visit.answered(this.#answer.headAt);
  }

  whole(trailers: RawHeaders): void {
    const errand = this.#errand!;
    this.#errand = null;
    errand.done(this.#upload?.done !== false);
    this.#conclude(this.#answer.outcome(trailers));
    this.#client.end(trailers);
  }

  drained(): void {
    if (this.#upload === null || this.#upload.done) return;
    this.#waitFor(this.#answer.isGrpc ? NEVER : this.#tools.limits.bodyIdle);
    this.#upload.resume();
  }

  /** Nothing of the request has left: another instance may have it. */
  unreached(refused: boolean, error: Error | null): void {
    this.#search.lease.endpoint.report(refused ? 'refused' : 'failed');
    this.#another(error ?? new Error('no instance could be reached'));
  }

  broken(error: Error, what: BreakOff): void {
    const asked = this.#answer.head === null && this.#upload?.isRepeatable !== false;
    const repeatable = asked && IDEMPOTENT.has(this.#client.request.method);
    // A pool holds few that are stale, and each is found out but once.
    if (what === 'stale' && repeatable) {
      this.#upload?.rewind();
      this.#open(true);
    } else if (what === 'unread' && repeatable) this.unreached(false, error);
    else if (what === 'unprocessed' && asked) this.#another(error);
    else this.#fail('cut-off', error);
  }

  fault(error: unknown): void {
    this.#tools.complaints.fault(this.#visit, error);
    this.#cutOff('cut-off', new Error('a fault in the router'));
  }

  #endEarly(): void {
    if (!this.#answer.mayEndEarly) return;
    this.#conclude(outcomeOf(this.#answer.head!.status));
    this.#client.end(this.#answer.lastWords);
  }

  #expire(): void {
    this.deadline = NEVER;
    const { limits } = this.#tools;
    const late = performance.now() >= this.#endsAt;
    if (this.#over) this.#client.endUnread(limits.sendIdle);
    else if (this.#blocked && late) this.#cutOff('gone', new Error('the client does not read'));
    else if (this.#blocked) this.#client.endUnread(limits.sendIdle);
    else if (this.#errand?.isOpen === false && !late) this.unreached(false, null);
    else if (this.#upload?.done === false && this.#errand?.isFull)
      this.#fail('timed-out', new Error(STALLED));
    else if (this.#upload?.done === false) this.#refuseUpload('gone', TOO_SLOW);
    else if (this.#answer.head !== null) this.#fail('timed-out', new Error('the answer took too long'));
    else this.#fail('timed-out', new Error('no answer in time'));
  }

  /** `anew`: on a connection that nobody has used. */
  #open(anew: boolean): void {
    const { instances, limits } = this.#tools;
    const how = { forHead: this.#client.request.method === 'HEAD', anew };
    const errand = instances.ask(this.#search.lease.endpoint, how, this);
    this.#errand = errand;
    if (errand.isOpen) this.opened();
    else this.#waitFor(limits.connect);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fault(error);
    }
  }

  #waitFor(ms: number): void {
    const until = this.#over ? NEVER : this.#endsAt;
    this.deadline = ms === NEVER ? until : Math.min(performance.now() + ms, until);
  }

  #clientDrained(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#waitFor(this.#upload?.done === false && !this.#answer.isGrpc ? this.#tools.limits.bodyIdle : NEVER);
    this.#errand?.resume();
  }

  /** Another instance may have it, or the same one once more, as often as the service's budget allows. */
  #another(error: Error): void {
    this.#drop();
    this.#upload?.rewind();
    this.deadline = NEVER;
    if (!this.#search.again(this)) this.#fail('unreachable', error);
  }

  #fail(outcome: 'cut-off' | 'timed-out' | 'unreachable', error: Error): void {
    if (this.#answer.head === null && this.#search.stoodIn) return void this.#foundNowhere();
    this.#tools.complaints.failed(this.#visit, this.#search.lease, outcome, error);
    if (this.#answer.head !== null) return void this.#cutOff(outcome, error);
    this.#endWith(outcome, failureAnswer(outcome));
  }

  #refuseUpload(outcome: RequestOutcome, own: OwnAnswer): void {
    if (this.#answer.head === null) this.#endWith(outcome, own);
    else this.#cutOff('gone', new Error(own.message));
  }

  #declines(status: number): boolean {
    return status >= 400 && this.#upload === null && this.#search.declines(status, this.#client.request);
  }

  #askElsewhere(): void {
    this.#drop();
    if (this.#search.elsewhere()) this.#open(false);
    else this.#foundNowhere();
  }

  /** The one that stood in has not got it either: the client hears what its own environment said. */
  #foundNowhere(): void {
    this.#visit.standDown();
    this.#endWith('4xx', NOWHERE);
  }

  #endWith(outcome: RequestOutcome, own: OwnAnswer): void {
    this.#conclude(outcome);
    this.#client.say({ ...own, page: this.#visit.service.page });
  }

  #cutOff(outcome: RequestOutcome, why: Error): void {
    this.#conclude(outcome);
    this.#client.cutOff(why, outcome === 'gone');
  }

  #closed(): void {
    this.#conclude('gone');
    this.#onEnd(this);
  }

  /** Counts the request, once, and gives back what it holds. The client has some time to read what is left. */
  #conclude(outcome: RequestOutcome): void {
    if (this.#over) return;
    this.#settle();
    const { headAt, bytesOut, head } = this.#answer;
    this.#visit.end(outcome, headAt, bytesOut, head?.status);
  }

  #settle(): void {
    this.#over = true;
    if (this.#upload?.done === false) this.#upload.drop();
    this.#drop();
    this.#search.end();
    this.#waitFor(this.#tools.limits.sendIdle);
  }

  #drop(): void {
    this.#errand?.abandon();
    this.#errand = null;
  }
}
