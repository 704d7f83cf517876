import type { Lease } from '../endpoints/environment.ts';
import { isNoHelp } from '../skew/stand-in.ts';
import type { Visit } from '../visit/visit.ts';
import type { ClientRequest } from './client-end.ts';
import { ATTEMPTS, type Unserved } from './refusals.ts';

/** What a search comes to that had to wait. */
export interface SearchEvents {
  found(): void;
  /** There is nobody. */
  inVain(arrival: Unserved): void;
  fault(error: unknown): void;
}

/** Finds who serves one request: an instance of its environment, another one, or one of the environment that stands in. */
export class Search {
  readonly #visit: Visit;
  readonly #onLeaving: () => void;
  /** Tells those who look for an instance that nobody waits for it; most requests find theirs at once. */
  #looking: AbortController | null = null;
  #over = false;
  #attempts = 0;
  #lease: Lease | null = null;
  /** Another environment's lease for what the first one has not; it is asked from the moment that it is here. */
  #standIn: Lease | null = null;

  /** `onLeaving`: the instance that was found leaves the table, which matters where {@link untilItLeaves} was called. */
  constructor(visit: Visit, onLeaving: () => void) {
    this.#visit = visit;
    this.#onLeaving = onLeaving;
  }

  /** Of whoever serves it, or was the last to. */
  get lease(): Lease {
    return this.#lease!;
  }

  /** Whether another environment is asked already. */
  get stoodIn(): boolean {
    return this.#standIn !== null;
  }

  /** Calls one of the events, at once where an instance is ready. */
  begin(events: SearchEvents): void {
    const lease = this.#visit.targetNow();
    if (lease === null) this.#wait(events);
    else this.#take(lease, events);
  }

  /** Looks for another one, or the same once more; false: it has been tried as often as it may be. */
  again(events: SearchEvents): boolean {
    this.leave();
    if (this.#attempts >= ATTEMPTS || this.stoodIn || !this.#visit.service.mayRetry()) return false;
    this.#wait(events);
    return true;
  }

  /** Whether an answer with this status, from 400 on, is not for the client: another environment may have what this one has not. */
  declines(status: number, { method, path }: ClientRequest): boolean {
    if (this.#standIn !== null) return isNoHelp(status);
    if (status !== 404) return false;
    this.#standIn = this.#visit.standIn(this.lease, method, path);
    return this.#standIn !== null;
  }

  /** After an answer was declined: goes on to the environment that stands in; false: that one has declined. */
  elsewhere(): boolean {
    if (this.#lease === this.#standIn) return false;
    this.leave();
    this.#lease = this.#standIn;
    return true;
  }

  /** Asks to be told when the instance leaves the table. */
  untilItLeaves(): void {
    this.lease.endpoint.leaving.add(this.#onLeaving);
  }

  /** The request is no longer in flight where it was. */
  leave(): void {
    this.#lease?.endpoint.leaving.delete(this.#onLeaving);
    this.#lease?.release();
  }

  /** Nobody waits for it any more. */
  end(): void {
    this.#over = true;
    this.#looking?.abort();
    this.leave();
  }

  #take(lease: Lease, events: SearchEvents): void {
    this.#attempts += 1;
    this.#lease = lease;
    events.found();
  }

  #wait(events: SearchEvents): void {
    this.#looking ??= new AbortController();
    const found = this.#visit.target(this.#looking.signal).then((arrival) => {
      if (arrival.kind === 'target' && this.#over) arrival.lease.release();
      else if (arrival.kind === 'target') this.#take(arrival.lease, events);
      else if (arrival.kind !== 'gone' && !this.#over) events.inVain(arrival);
    });
    found.catch((error: unknown) => events.fault(error));
  }
}
