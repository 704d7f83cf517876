import { isNoHelp } from '../skew/stand-in.ts';
import type { RequestHead } from '../wire/request-head.ts';
import type { Passage } from './passage.ts';
import type { UpstreamPools } from './upstream.ts';

/** What leading a request somewhere needs. */
interface StayTools {
  readonly pools: UpstreamPools;
  /** Parsed again where it is looked at. */
  readonly head: RequestHead;
}

/**
 * Where a request is in flight: at an instance of its environment, or of the one that stands in. Until it leaves, it is counted
 * there. Used for one request after the other.
 */
export class Stay {
  readonly #tools: StayTools;
  readonly #onLeaving: () => void;
  /** The request asks to be told when its instance leaves the table. */
  #listens = false;

  /** `onLeaving`: the instance leaves the table, which matters where {@link untilItLeaves} was called. */
  constructor(tools: StayTools, onLeaving: () => void) {
    this.#tools = tools;
    this.#onLeaving = onLeaving;
  }

  /** Asks to be told when the instance leaves the table. */
  untilItLeaves({ lease }: Passage): void {
    this.#listens = true;
    lease.endpoint.leaving.add(this.#onLeaving);
  }

  /** Whether the answer's head is not for the client, because another environment may have what this one has not. */
  declines(passage: Passage, status: number): boolean {
    if (passage.standIn !== null) return isNoHelp(status);
    if (status !== 404 || !passage.repeatable) return false;
    const { head } = this.#tools;
    head.parse(passage.bytes, 0, passage.bodyEnd);
    passage.standIn = passage.visit.standIn(passage.lease, head.method, head.target(passage.bytes));
    return passage.standIn !== null;
  }

  /** After an answer was declined: goes on to the environment that stands in; false: that one has declined. */
  elsewhere(passage: Passage): boolean {
    const lease = passage.standIn!;
    if (passage.lease === lease) return false;
    this.leave(passage);
    passage.lease = lease;
    passage.pool = this.#tools.pools.of(lease.endpoint);
    passage.upstream = passage.pool.acquire();
    return true;
  }

  /** The request is no longer in flight, and its connection is of no more use. */
  leave(passage: Passage): void {
    this.#forget(passage);
    passage.upstream.abandon();
    passage.lease.release();
  }

  /** Its answer is whole. `reusable`: the connection may carry another request. */
  finish(passage: Passage, reusable: boolean, now: number): void {
    this.#forget(passage);
    if (reusable) passage.pool.release(passage.upstream, now);
    else passage.upstream.abandon();
    passage.lease.release();
  }

  #forget({ lease }: Passage): void {
    if (!this.#listens) return;
    this.#listens = false;
    lease.endpoint.leaving.delete(this.#onLeaving);
  }
}
