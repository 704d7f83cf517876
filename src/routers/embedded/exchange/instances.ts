import type { EndpointState } from '../endpoints/endpoint.ts';
import { UpstreamPools } from '../fast/upstream.ts';
import { H2cErrand } from '../h2c/errand.ts';
import { SessionPools } from '../h2c/session-pool.ts';
import { askH2cTunnel } from '../upgrade/ask-h2c.ts';
import { askHttp1 } from '../upgrade/ask-http1.ts';
import type { UpgradeReply, UpgradeRequest } from '../upgrade/reply.ts';
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
  readonly #sessions: SessionPools;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#pools = new UpstreamPools(limits);
    this.#sessions = new SessionPools(limits);
  }

  /** Begins an errand there. */
  ask(endpoint: EndpointState, { forHead, anew }: Manner, events: ErrandEvents): Errand {
    const { answerHeadSize } = this.#limits;
    if (endpoint.protocol === 'h2c') {
      return new H2cErrand(this.#sessions.of(endpoint), forHead, answerHeadSize, events);
    }
    const pool = this.#pools.of(endpoint);
    return new Http1Errand(pool, anew ? pool.open() : pool.acquire(), forHead, answerHeadSize, events);
  }

  /** Asks for another protocol. Rejects only with a fault of the router. */
  askUpgrade(endpoint: EndpointState, request: UpgradeRequest, signal: AbortSignal): Promise<UpgradeReply> {
    if (endpoint.protocol !== 'h2c') {
      return askHttp1(request, this.#pools.of(endpoint), signal, this.#limits);
    }
    if (!/^websocket$/i.test(request.protocol)) return Promise.resolve({ kind: 'unsupported' });
    return askH2cTunnel(request, this.#sessions.of(endpoint), signal, this.#limits);
  }

  /** The endpoint has left the table. */
  forget(endpoint: EndpointState): void {
    this.#pools.close(endpoint);
    this.#sessions.close(endpoint);
  }

  /** Closes what has been idle for too long; `now` in the time of `performance.now()`. */
  sweep(now: number): void {
    this.#pools.sweep(now);
    this.#sessions.sweep(now);
  }

  close(): void {
    this.#pools.closeAll();
    this.#sessions.closeAll();
  }
}
