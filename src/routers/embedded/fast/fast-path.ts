import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { EndpointState } from '../endpoints/endpoint.ts';
import type { Door } from '../listen/door.ts';
import type { Admission } from '../overload/admission.ts';
import { Roster } from '../turnover/roster.ts';
import { sweep } from '../turnover/sweep.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Peer } from '../visit/peer.ts';
import type { VisitTools } from '../visit/visit.ts';
import { RequestHead } from '../wire/request-head.ts';
import { ClientConnection } from './client/client-connection.ts';
import { Deliveries } from './deliveries.ts';
import { Output } from './output.ts';
import { UpstreamPools } from './upstream.ts';

/**
 * Serves the common request of HTTP/1.1 from socket to socket, without objects for headers and streams. Anything
 * else is handed over, with the bytes read so far, to node's own server; a request for another protocol as one that is read.
 */
export interface FastPath {
  accept(entrance: Entrance): Acceptor;
  /** The endpoint has left the table. */
  forget(endpoint: EndpointState): void;
  /** Connections handed over so far. */
  handedOver(): number;
  close(): void;
}

/** A listener as the fast path sees it. */
export interface Entrance {
  readonly door: Door;
  /** Who is at the other end of a connection. */
  peerOf(socket: Socket): Peer;
  /** Gives a connection to node's own server; what was read of it can be read again. */
  handOver(socket: Socket): void;
  /** Serves a request for another protocol. `early`: what came behind it. The connection is nobody else's from now on. */
  change(req: IncomingMessage, socket: Socket, early: Buffer): void;
  /** Whether the listener takes no new connections, so that answers say that theirs ends. */
  closing(): boolean;
}

/** The connections of one listener. */
export interface Acceptor {
  take(socket: Socket): void;
  /** Closes those that carry no request. */
  closeIdle(): void;
}

export interface FastPathTools extends VisitTools {
  readonly admission: Admission;
  readonly complaints: Complaints;
  readonly limits: Limits;
}

/** What the connections share. */
export interface Shared extends FastPathTools {
  readonly output: Output;
  readonly deliveries: Deliveries;
  readonly pools: UpstreamPools;
  readonly headSize: number;
  /** One head is looked at at a time: it is parsed again where it is needed later. */
  readonly head: RequestHead;
}

export function createFastPath(tools: FastPathTools): FastPath {
  const { limits } = tools;
  const pools = new UpstreamPools(limits);
  const shared: Shared = {
    ...tools,
    output: new Output(),
    deliveries: new Deliveries(),
    pools,
    headSize: limits.answerHeadSize,
    head: new RequestHead(),
  };
  const connections = new Roster<ClientConnection>();
  const shortest = Math.min(limits.head, limits.bodyIdle, limits.answerHead, limits.connect);
  const stop = sweep(connections, shortest, (now) => pools.sweep(now));

  const forget = (connection: ClientConnection) => connections.delete(connection);
  let handedOver = 0;

  return {
    accept(entrance) {
      const counted: Entrance = {
        ...entrance,
        handOver(socket) {
          handedOver += 1;
          entrance.handOver(socket);
        },
      };
      return {
        take: (socket) => connections.add(new ClientConnection(socket, counted, shared, forget)),
        closeIdle() {
          for (const connection of connections.all())
            if (connection.entrance === counted) connection.closeIfIdle();
        },
      };
    },
    forget: (endpoint) => pools.close(endpoint),
    handedOver: () => handedOver,
    close() {
      stop();
      pools.closeAll();
    },
  };
}
