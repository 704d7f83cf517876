import type { Endpoint } from '../../../core/world.ts';
import type { EndpointState } from '../endpoints/endpoint.ts';
import type { Limits } from '../visit/limits.ts';
import { InstanceSession } from './instance-session.ts';

/** The sessions with one instance: the oldest with room is used first, so that there are as few as can be. */
export class SessionPool {
  readonly #endpoint: Endpoint;
  readonly #limits: Limits;
  readonly #sessions = new Set<InstanceSession>();
  #closed = false;

  constructor(endpoint: Endpoint, limits: Limits) {
    this.#endpoint = endpoint;
    this.#limits = limits;
  }

  /** Nothing goes on here. */
  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  /** One with room for a stream; it may have yet to become ready. */
  acquire(): InstanceSession {
    for (const session of this.#sessions) if (session.hasRoom) return session;
    const now = performance.now();
    const session = new InstanceSession(this.#endpoint, this.#limits, now, (ended) =>
      this.#sessions.delete(ended),
    );
    this.#sessions.add(session);
    return session;
  }

  /** A place on this one is free again. */
  left(session: InstanceSession): void {
    if (this.#closed) session.retire();
  }

  sweep(now: number): void {
    for (const session of this.#sessions) session.sweep(now);
  }

  /** Streams that go on do so; with the last of them their session ends. */
  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) if (session.streams === 0) session.retire();
  }
}

/** The pools of all endpoints that speak HTTP/2. */
export class SessionPools {
  readonly #limits: Limits;
  readonly #pools = new Map<EndpointState, SessionPool>();
  readonly #gone = new WeakSet<EndpointState>();
  /** Of endpoints that have left, while streams go on. */
  readonly #leaving = new Set<SessionPool>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  of(endpoint: EndpointState): SessionPool {
    let pool = this.#pools.get(endpoint);
    if (pool === undefined) {
      pool = new SessionPool(endpoint.address, this.#limits);
      // A request that chose its endpoint just before the endpoint left the table still goes there.
      if (this.#gone.has(endpoint)) {
        pool.close();
        this.#leaving.add(pool);
      } else this.#pools.set(endpoint, pool);
    }
    return pool;
  }

  /** The endpoint has left the table. */
  close(endpoint: EndpointState): void {
    this.#gone.add(endpoint);
    const pool = this.#pools.get(endpoint);
    if (pool === undefined) return;
    pool.close();
    this.#pools.delete(endpoint);
    this.#leaving.add(pool);
  }

  sweep(now: number): void {
    for (const pool of this.#pools.values()) pool.sweep(now);
    for (const pool of this.#leaving) {
      pool.sweep(now);
      if (pool.isEmpty) this.#leaving.delete(pool);
    }
  }

  closeAll(): void {
    for (const endpoint of [...this.#pools.keys()]) this.close(endpoint);
  }
}
