import { isIPv6 } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { Endpoint } from '../../../core/world.ts';
import type { EndpointState } from '../endpoints/endpoint.ts';
import type { Limits } from '../visit/limits.ts';

/** A connection to an instance; carries one request at a time. */
export interface Connection {
  /** Whether it has carried a request before, so that the instance may have closed it meanwhile. */
  readonly reused: boolean;
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  /** Gives it back. `whole`: the answer came to its end, so the connection may serve again. */
  done(whole: boolean): void;
}

/** Connections to one instance: the one used last is used first, so that few stay open when traffic ebbs. */
export interface Upstream {
  acquire(): Connection;
  /** No new ones; those that carry a request end with it. */
  close(): void;
}

export function createUpstream(endpoint: Endpoint, limits: Limits): Upstream {
  const idle: Client[] = [];
  let closed = false;
  const served = new WeakMap<Client, number>();

  const discard = (client: Client) => {
    const index = idle.indexOf(client);
    if (index >= 0) idle.splice(index, 1);
    // Nothing waits for an answer here any more; what destroying it meets is of no consequence.
    client.destroy().catch(() => undefined);
  };

  const create = (): Client => {
    const client = new Client(originOf(endpoint), {
      pipelining: 1,
      keepAliveTimeout: limits.upstreamKeepAlive,
      connect: { timeout: limits.connect },
      headersTimeout: limits.answerHead,
      bodyTimeout: 0,
      maxHeaderSize: limits.answerHeadSize,
      allowH2: false,
    });
    client.on('connect', () => served.set(client, 0));
    client.on('disconnect', () => {
      if (idle.includes(client)) discard(client);
    });
    return client;
  };

  return {
    acquire() {
      const client = idle.pop() ?? create();
      return {
        get reused() {
          return (served.get(client) ?? 0) > 0;
        },
        dispatch: (options, handler) => {
          client.dispatch(options, handler);
        },
        done(whole) {
          served.set(client, (served.get(client) ?? 0) + 1);
          if (whole && !closed) idle.push(client);
          else discard(client);
        },
      };
    },
    close() {
      closed = true;
      for (const client of [...idle]) discard(client);
    },
  };
}

/** The connections of all endpoints. */
export interface Upstreams {
  readonly limits: Limits;
  of(endpoint: EndpointState): Upstream;
  close(endpoint: EndpointState): void;
}

export function createUpstreams(limits: Limits): Upstreams {
  const all = new Map<EndpointState, Upstream>();
  const closed = new WeakSet<EndpointState>();
  return {
    limits,
    of(endpoint) {
      let upstream = all.get(endpoint);
      if (upstream === undefined) {
        upstream = createUpstream(endpoint.address, limits);
        // A request that chose its endpoint just before the endpoint left the table still goes there.
        if (closed.has(endpoint)) upstream.close();
        else all.set(endpoint, upstream);
      }
      return upstream;
    },
    close(endpoint) {
      closed.add(endpoint);
      all.get(endpoint)?.close();
      all.delete(endpoint);
    },
  };
}

const originOf = ({ host, port }: Endpoint): string => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
