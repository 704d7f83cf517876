import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Server as SecureServer, TLSSocket } from 'node:tls';
import { readerOf } from '../clients/read-header.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import type { FastPath } from '../fast/fast-path.ts';
import type { Http2 } from '../h2/http2.ts';
import type { Door } from '../listen/door.ts';
import { createGate, type Gate } from '../listen/gate.ts';
import type { Admission } from '../overload/admission.ts';
import { OVERLOADED } from '../overload/busy.ts';
import { turnAway } from '../overload/turn-away.ts';
import type { SecureEntrance } from '../tls/secure-entrance.ts';
import { upgrade } from '../upgrade/upgrade.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import { createVisit, type Visit, type VisitTools } from '../visit/visit.ts';
import { answer, hasBody, type OwnAnswer } from './answer.ts';
import { elsewhere } from './elsewhere.ts';
import { isLeaving, sayFarewell } from './farewell.ts';
import { Http1End } from './http1-end.ts';
import { withoutUpgrade } from './http2-by-upgrade.ts';
import { oversize } from './oversize.ts';
import { countRequests } from './request-count.ts';
import { type Destination, destinationOf, isRefusal } from './strict.ts';
import { http1Tunnel, responseOn } from './tunnel.ts';
import { createTurns } from './turns.ts';
import { answerUnreadable } from './unreadable.ts';

/** Of own answers: those to heads that are as they should be. */
const UNDERSTOOD = new Set([308, 404, OVERLOADED.status]);

export interface FrontTools extends VisitTools {
  readonly admission: Admission;
  readonly exchanges: Exchanges;
  readonly complaints: Complaints;
  readonly limits: Limits;
  /** Takes common requests before node's own server sees them; null: that one serves everything. */
  readonly fastPath: FastPath | null;
  /** Serves the clients of a listener with TLS that choose HTTP/2. */
  readonly http2: Http2;
}

/** What stands behind one listener. */
export interface Front {
  /** Not listening yet. */
  readonly server: Server;
  /** Closes connections that carry no request. */
  closeIdle(): void;
  /** Tells clients that can be told (those of HTTP/2) to go on elsewhere; the others are with their next answer. */
  leave(): void;
}

/** A front that leads through this door. `entrance`: for TLS; null: without. */
export function createFront(door: Door, tools: FrontTools, entrance: SecureEntrance | null): Front {
  const { limits } = tools;
  const served = countRequests();
  const turns = createTurns();
  const gate = createGate(door.admission, entrance !== null, limits.head);
  const options = {
    insecureHTTPParser: false,
    maxHeaderSize: limits.headSize,
    headersTimeout: limits.head,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: Math.min(5_000, limits.head),
    noDelay: true,
  };
  const server =
    entrance === null ? createServer(options) : createSecureServer({ ...options, ...entrance.options });
  if (entrance !== null) entrance.attend(server as SecureServer);

  const receive = (req: IncomingMessage, res: ServerResponse, expectsContinue: boolean) => {
    if (isLeaving(req.socket)) return void req.socket.destroy();
    if (!server.listening) res.shouldKeepAlive = false;
    const entered = enter(req);
    if ('status' in entered) {
      // After a head that was refused nobody can be sure where the next one begins.
      if (!UNDERSTOOD.has(entered.status)) res.shouldKeepAlive = false;
      return answer(req, res, null, entered);
    }
    const { visit, destination } = entered;
    if (served.isLast(req.socket, visit.service.http.limits.requests)) res.shouldKeepAlive = false;
    tools.exchanges.begin(new Http1End(req, res, destination, visit.requestId, expectsContinue), visit);
  };

  const enter = (req: IncomingMessage): Entered | OwnAnswer => {
    const destination = destinationOf(req);
    if (isRefusal(destination)) return { status: destination.status, message: destination.why };
    const service = door.find(destination.host, destination.path);
    if (service === null) return elsewhere(door, destination);
    const refused = oversize(req, service.http.limits);
    if (refused !== null) return { ...refused, page: service.page };
    const header = readerOf(req.headers);
    const away = turnAway(tools.admission, service, header, door.preview !== null);
    if (away !== null) return away;
    const peer = gate.peerOf(req.socket);
    const { authority, path } = destination;
    const facts = { peer, header, authority, path, method: req.method ?? '' };
    const visit = createVisit(tools, service, facts, door.preview);
    return { visit, destination };
  };

  server.on('request', (req, res) => turns.wait(req.socket, res, () => receive(req, res, false)));
  server.on('checkContinue', (req, res) => turns.wait(req.socket, res, () => receive(req, res, true)));
  server.on('checkExpectation', (req, res) => turns.wait(req.socket, res, () => receive(req, res, false)));
  const change = (req: IncomingMessage, socket: Duplex, early: Buffer) => {
    const plain = turns.due(socket) !== null || isLeaving(socket) ? null : withoutUpgrade(req, early);
    if (plain !== null) {
      socket.unshift(plain);
      return way.take(socket as Socket);
    }
    // Without a listener an error would end the process; what it means, the tunnel finds out by the closing.
    socket.on('error', () => undefined);
    // Behind a request whose answer is still due: node lets go of the connection all the same, and two would write to it.
    if (turns.due(socket) !== null || isLeaving(socket)) return void socket.destroy();
    // Its body is still on its way.
    if (hasBody(req)) sayFarewell(socket as Socket);
    const entered: Entered | OwnAnswer = hasBody(req)
      ? { status: 400, message: 'A request with a body cannot change the protocol.' }
      : enter(req);
    if ('status' in entered) return answer(req, responseOn(socket, req), null, entered);
    const { visit, destination } = entered;
    const end = http1Tunnel(req, socket, early, visit, destination);
    upgrade(end, visit, { ...tools, instances: tools.exchanges.instances }).catch((error: unknown) => {
      tools.complaints.fault(visit, error);
      socket.destroy();
    });
  };
  server.on('upgrade', change);
  server.on('connect', change);
  answerUnreadable(server, turns.due);
  const way = lead(server, door, tools, entrance !== null, gate, change);
  if (entrance !== null) {
    for (const event of ['connection', 'secureConnection']) server.on(event, () => tools.admission.greets());
  }
  gate.guard(server);
  return {
    server,
    closeIdle() {
      server.closeIdleConnections();
      for (const acceptor of way.acceptors) acceptor.closeIdle();
    },
    leave() {
      for (const acceptor of way.acceptors) acceptor.leave?.();
    },
  };
}

interface Entered {
  readonly visit: Visit;
  readonly destination: Destination;
}

/** Behind the gate. */
interface Way {
  /** A connection of HTTP/1.1. */
  take(socket: Socket): void;
  readonly acceptors: readonly { closeIdle(): void; leave?(): void }[];
}

/** Puts the other transports before node's own server, which gets the connections that turn out to be unusual. */
function lead(
  server: Server,
  door: Door,
  { fastPath, http2 }: FrontTools,
  secure: boolean,
  gate: Gate,
  change: (req: IncomingMessage, socket: Socket, early: Buffer) => void,
): Way {
  const event = secure ? 'secureConnection' : 'connection';
  const [listener] = server.listeners(event) as ((socket: Socket) => void)[];
  const serve = (socket: Socket) => listener!.call(server, socket);
  const closing = () => !server.listening;
  const fast =
    door.preview === null && fastPath !== null
      ? fastPath.accept({ door, peerOf: gate.peerOf, handOver: serve, change, closing })
      : null;
  const streams = secure ? http2.accept({ door, peerOf: gate.peerOf }) : null;
  server.removeAllListeners(event);
  const take = (socket: Socket) => {
    if (fast !== null) fast.take(socket);
    else serve(socket);
  };
  server.on(event, (socket: Socket) => {
    if (streams !== null && (socket as TLSSocket).alpnProtocol === 'h2') streams.take(socket as TLSSocket);
    else take(socket);
  });
  return { take, acceptors: [fast, streams].filter((acceptor) => acceptor !== null) };
}
