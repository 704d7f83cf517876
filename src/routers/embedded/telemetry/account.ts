import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import { sharedByInstances } from '../clients/assignment.ts';
import type { Placement } from '../clients/placement.ts';
import type { Service } from '../table/service.ts';
import { isHurt, type Tally } from './arm.ts';
import { placeOf } from './clients/client-set.ts';
import type { FirstRequest } from './firsts/first-requests.ts';
import type { Recorder } from './recorder.ts';

/**
 * What is counted of one request, from its first choice to its end. Assigned clients are evidence. Requests of
 * allow-listed ones and of those with a page of before are counted without a client and a latency, previews not at all.
 */
export class Account {
  readonly #recorder: Recorder;
  readonly #service: Service;
  readonly #startedAt: number;
  /** The request itself, if it is its client's first in this minute. */
  #first: FirstRequest | null = null;
  #own: Tally | null = null;
  #serving: Tally | null = null;
  /** While another environment stands in: the one that was asked first. */
  #askedFirst: Tally | null = null;
  #place: number | null = null;
  #sent = false;
  #ended = false;

  /** `startedAt`: of the request, `performance.now()`. */
  constructor(recorder: Recorder, service: Service, startedAt: number) {
    this.#startedAt = startedAt;
    this.#recorder = recorder;
    this.#service = service;
  }

  /**
   * The request is on its way to `serves`, or would be if there were an instance. A client that is served by another
   * environment than its own was hurt by its own.
   */
  sent(placement: Placement, belongsTo: Colour, serves: Colour): void {
    if (placement.kind === 'preview') return;
    if (!this.#sent) this.#begin(placement, belongsTo);
    this.#serveBy(this.#own?.environment === serves ? this.#own : this.#armOf(serves));
    if (this.#place !== null && this.#serving !== this.#own) this.#own?.hurt(this.#place);
  }

  /** The other environment has what the client's own has not: it is counted there, and says nothing about the client. */
  stoodIn(by: Colour): void {
    if (!this.#sent) return;
    this.#askedFirst = this.#serving;
    this.#serveBy(this.#armOf(by));
  }

  /** It has not: the request is its own environment's again. */
  stoodDown(): void {
    if (!this.#sent) return;
    this.#serveBy(this.#askedFirst);
    this.#askedFirst = null;
  }

  /** The head of the answer has come after so many ms, and its body goes on; null: its time says nothing. */
  answered(latency: number | null): void {
    if (this.#first === null) return;
    const { firsts } = this.#own!;
    // Where another environment than the client's own has answered, nobody knows.
    if (latency === null || this.#askedFirst !== null) firsts.leave(this.#first, performance.now());
    else firsts.end(this.#first, this.#startedAt + latency);
    this.#first = null;
  }

  /** `latency` in ms to the head of the answer; null: this one has none. Only the first call counts. */
  end(outcome: RequestOutcome, latency: number | null, bytesOut: number): void {
    if (!this.#sent || this.#ended) return;
    this.#ended = true;
    // Who got an error after a minute has waited a minute. A quick error is quick: that it is one, others count.
    if (this.#first !== null)
      this.answered(isHurt(outcome) ? (latency ?? performance.now() - this.#startedAt) : latency);
    const evidence = this.#place !== null && this.#askedFirst === null;
    this.#serving?.request(outcome, evidence ? latency : null, bytesOut);
    if (evidence && isHurt(outcome)) this.#own?.hurt(this.#place!);
    this.#letGo();
  }

  /** As if it had never been opened, but for the client having been seen. Nothing counts after it. */
  withdraw(): void {
    if (!this.#sent || this.#ended) return;
    this.#ended = true;
    // The visit that follows is its client's first then, unless this one is known to have waited.
    if (this.#first !== null && !this.#own!.cancel(this.#first)) this.answered(null);
    this.#letGo();
  }

  #begin(placement: Placement, belongsTo: Colour): void {
    const own = this.#armOf(belongsTo);
    this.#sent = true;
    this.#own = own;
    if (own !== null) own.open += 1;
    if (placement.kind !== 'assigned') return;
    const place = placeOf(placement.identity);
    this.#place = place;
    own?.seen(place);
    const weight = weightOf(this.#service.routing);
    if (weight > 0) own?.arrived(place, weight);
    this.#first = own?.first(place, weight, this.#startedAt) ?? null;
  }

  #armOf(colour: Colour): Tally | null {
    const { releases, epoch } = this.#service.routing;
    return this.#recorder.arm(this.#service.name, colour, releases[colour], epoch, Date.now());
  }

  #serveBy(arm: Tally | null): void {
    if (this.#serving !== null) this.#serving.open -= 1;
    this.#serving = arm;
    if (arm !== null) arm.open += 1;
  }

  #letGo(): void {
    this.#serveBy(null);
    if (this.#own !== null) this.#own.open -= 1;
  }
}

/** Candidate's share of the clients, basis points; 0 where there is none, or no client has an arm of its own. */
function weightOf(routing: Service['routing']): number {
  const { candidate, split } = routing;
  return candidate === null || sharedByInstances(routing) ? 0 : split[candidate];
}
