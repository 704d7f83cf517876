import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../../core/world.ts';
import type { EndpointState } from '../endpoints/endpoint.ts';
import type { Limits } from '../visit/limits.ts';
import { ReadMemory } from './reads/read-memory.ts';

/** Whoever waits for an answer on a connection to an instance. */
export interface AnswerTaker {
  connected(): void;
  /** So many bytes may be used until this returns, and changed. false: no more until `resume`. */
  received(read: ReadMemory, length: number): boolean;
  /** The instance sends nothing more. */
  ended(): void;
  /** `error`: why; null where the instance just closed it. */
  closed(error: NodeJS.ErrnoException | null): void;
  /** The instance takes more of the request. */
  drained(): void;
}

/** A connection to an instance; carries one request at a time. */
export class UpstreamConnection {
  readonly socket: Socket;
  /** null while it is idle. */
  taker: AnswerTaker | null = null;
  isConnected = false;
  /** Whether it has carried a request before, so that the instance may have closed it meanwhile. */
  reused = false;
  idleSince = 0;

  constructor({ host, port }: Endpoint, onIdleEnd: (connection: UpstreamConnection) => void) {
    let error: NodeJS.ErrnoException | null = null;
    const end = () => {
      this.socket.destroy();
      onIdleEnd(this);
    };
    const memory = new ReadMemory();
    let length = 0;
    const callback = (read: number): boolean => {
      length = read;
      if (this.taker !== null) return this.taker.received(memory, read);
      end(); // an answer that nobody asked for
      return false;
    };
    const buffer = () => memory.next(length);
    this.socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    this.socket.on('connect', () => {
      this.isConnected = true;
      this.taker?.connected();
    });
    this.socket.on('drain', () => this.taker?.drained());
    this.socket.on('end', () => {
      if (this.taker !== null) this.taker.ended();
      else end();
    });
    this.socket.on('error', (met: NodeJS.ErrnoException) => {
      error = met;
    });
    this.socket.on('close', () => {
      const { taker } = this;
      this.taker = null;
      if (taker !== null) taker.closed(error);
      else onIdleEnd(this);
    });
  }

  /** Ends it; nobody is told. */
  abandon(): void {
    this.taker = null;
    this.socket.destroy();
  }
}

/** Connections to one instance: the one used last is used first, so that few stay open when traffic ebbs. */
export class UpstreamPool {
  readonly #idle: UpstreamConnection[] = [];
  readonly #endpoint: Endpoint;
  #closed = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  acquire(): UpstreamConnection {
    return this.#idle.pop() ?? this.open();
  }

  /** A new connection, not connected yet. */
  open(): UpstreamConnection {
    return new UpstreamConnection(this.#endpoint, (connection) => {
      const index = this.#idle.indexOf(connection);
      if (index >= 0) this.#idle.splice(index, 1);
    });
  }

  /** Gives one back whose answer came to its end, and that may serve again. */
  release(connection: UpstreamConnection, now: number): void {
    const { socket } = connection;
    if (this.#closed || socket.destroyed || socket.writableLength > 0) {
      connection.abandon();
      return;
    }
    connection.taker = null;
    connection.reused = true;
    connection.idleSince = now;
    this.#idle.push(connection);
  }

  /** Closes those that have been idle since `before` or longer. */
  expire(before: number): void {
    while (this.#idle.length > 0 && this.#idle[0]!.idleSince <= before) this.#idle.shift()!.abandon();
  }

  /** No idle ones any more; those that carry a request end with it. */
  close(): void {
    this.#closed = true;
    this.expire(Number.POSITIVE_INFINITY);
  }
}

/** The pools of all endpoints. */
export class UpstreamPools {
  readonly #pools = new Map<EndpointState, UpstreamPool>();
  readonly #gone = new WeakSet<EndpointState>();
  readonly #keepAlive: number;

  constructor({ upstreamKeepAlive }: Limits) {
    this.#keepAlive = upstreamKeepAlive;
  }

  of(endpoint: EndpointState): UpstreamPool {
    let pool = this.#pools.get(endpoint);
    if (pool === undefined) {
      pool = new UpstreamPool(endpoint.address);
      // A request that chose its endpoint just before the endpoint left the table still goes there.
      if (this.#gone.has(endpoint)) pool.close();
      else this.#pools.set(endpoint, pool);
    }
    return pool;
  }

  /** The endpoint has left the table. */
  close(endpoint: EndpointState): void {
    this.#gone.add(endpoint);
    this.#pools.get(endpoint)?.close();
    this.#pools.delete(endpoint);
  }

  sweep(now: number): void {
    for (const pool of this.#pools.values()) pool.expire(now - this.#keepAlive);
  }

  closeAll(): void {
    for (const endpoint of [...this.#pools.keys()]) this.close(endpoint);
  }
}
