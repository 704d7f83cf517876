import type { EndpointState } from '../endpoints/endpoint.ts';
import { UpstreamPools } from '../fast/upstream.ts';
import type { Limits } from '../visit/limits.ts';
import type { Errand, ErrandEvents } from './errand.ts';
import { Http1Errand } from './http1-errand.ts';

/** How an instance is asked. */
export interface Manner {
  /** No body follows the answer, whatever is said of it. */
  readonly forHead: boolean;
  /** On a connection that nobody has used. */
  readonly anew: boolean;
}

/** The ways to all instances. */
export class Instances {
  readonly #limits: Limits;
  readonly #pools: UpstreamPools;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#pools = new UpstreamPools(limits);
  }

  /** Begins an errand there. */
  ask(endpoint: EndpointState, { forHead, anew }: Manner, events: ErrandEvents): Errand {
    const pool = this.#pools.of(endpoint);
    return new Http1Errand(
      pool,
      anew ? pool.open() : pool.acquire(),
      forHead,
      this.#limits.answerHeadSize,
      events,
    );
  }

  /** The endpoint has left the table. */
  forget(endpoint: EndpointState): void {
    this.#pools.close(endpoint);
  }

  /** Closes what has been idle for too long; `now` in the time of `performance.now()`. */
  sweep(now: number): void {
    this.#pools.sweep(now);
  }

  close(): void {
    this.#pools.closeAll();
  }
}
