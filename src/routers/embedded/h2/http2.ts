import { performServerHandshake } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Exchanges } from '../exchange/exchanges.ts';
import type { Door } from '../listen/door.ts';
import type { Admission } from '../overload/admission.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Peer } from '../visit/peer.ts';
import type { VisitTools } from '../visit/visit.ts';
import { ClientSession } from './client-session.ts';
import { sessionOptions } from './settings.ts';

/** Serves HTTP/2: each stream is a request like any other, said to instances in HTTP/1.1. */
export interface Http2 {
  accept(entrance: Http2Entrance): Http2Acceptor;
}

/** A listener as its streams see it. */
export interface Http2Entrance {
  readonly door: Door;
  peerOf(socket: Socket): Peer;
}

/** The connections of one listener. */
export interface Http2Acceptor {
  /** `socket`: its client has chosen `h2`. */
  take(socket: TLSSocket): void;
  /** Has clients go elsewhere: requests that are in work end, then connections close. */
  closeIdle(): void;
  /** Tells clients to go on elsewhere; what is in work ends. */
  leave(): void;
}

export interface Http2Tools extends VisitTools {
  readonly admission: Admission;
  readonly complaints: Complaints;
  readonly limits: Limits;
  readonly exchanges: Exchanges;
}

export function createHttp2(tools: Http2Tools): Http2 {
  const options = sessionOptions(tools.limits);
  return {
    accept(entrance) {
      const own = new Set<ClientSession>();
      const leave = () => {
        for (const session of own) session.leave();
      };
      return {
        take(socket) {
          const session = new ClientSession(
            performServerHandshake(socket, options),
            socket,
            entrance,
            tools,
            () => own.delete(session),
          );
          own.add(session);
        },
        closeIdle: () => leave(),
        leave,
      };
    },
  };
}
