import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Colour } from '../../../core/model.ts';
import type { Service } from '../service.ts';
import { answer, hasBody } from './answer.ts';
import type { Complaints } from './complaints.ts';
import { exchange } from './exchange.ts';
import type { Limits } from './limits.ts';
import { destinationOf, isRefusal, type Refusal } from './strict.ts';
import { responseOn, tunnel } from './tunnel.ts';
import type { Upstreams } from './upstream.ts';
import { createVisit, type Visit, type VisitTools } from './visit.ts';

/** What one listener leads to. */
export interface Door {
  /** The service for this host (without port) and path; null: none. */
  find(host: string, path: string): Service | null;
  /** Everything that comes in here reaches this environment; null: the table decides. */
  readonly preview: Colour | null;
}

export interface FrontTools extends VisitTools {
  readonly upstreams: Upstreams;
  readonly complaints: Complaints;
  readonly limits: Limits;
}

/** The HTTP server behind a listener; not listening yet. */
export function createFront(door: Door, tools: FrontTools): Server {
  const { limits } = tools;
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.headSize,
    headersTimeout: limits.head,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: Math.min(5_000, limits.head),
    noDelay: true,
  });

  const receive = (req: IncomingMessage, res: ServerResponse, expectsContinue: boolean) => {
    if (!server.listening) res.shouldKeepAlive = false;
    const visit = enter(req);
    if ('status' in visit) {
      // After a head that was refused nobody can be sure where the next one begins.
      if (visit.status !== 404) res.shouldKeepAlive = false;
      return answer(req, res, null, { status: visit.status, message: visit.why });
    }
    if (hasBody(req)) limitBody(req, res, visit, limits.bodyIdle);
    const beforeBody = () => {
      if (expectsContinue) res.writeContinue();
    };
    exchange(req, res, visit, tools.upstreams, tools.complaints, beforeBody).catch((error: unknown) => {
      tools.complaints.fault(visit, error);
      res.destroy();
    });
  };

  const enter = (req: IncomingMessage): Visit | { status: number; why: string } => {
    const destination = destinationOf(req);
    if (isRefusal(destination)) return destination;
    const service = door.find(destination.host, destination.path);
    if (service === null) return { status: 404, why: 'No service answers for this host and path.' };
    return createVisit(tools, service, req, destination, door.preview);
  };

  server.on('request', (req, res) => receive(req, res, false));
  server.on('checkContinue', (req, res) => receive(req, res, true));
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, early: Buffer) => {
    // Without a listener an error would end the process; what it means, the tunnel finds out by the closing.
    socket.on('error', () => undefined);
    const visit: Visit | Refusal | { status: number; why: string } = hasBody(req)
      ? { status: 400, why: 'A request with a body cannot change the protocol.' }
      : enter(req);
    if ('status' in visit) {
      return answer(req, responseOn(socket, req), null, { status: visit.status, message: visit.why });
    }
    tunnel(req, socket, early, visit, tools.complaints, limits).catch((error: unknown) => {
      tools.complaints.fault(visit, error);
      socket.destroy();
    });
  });
  return server;
}

/** Only while the client has something to send and is not held back by a slow instance. */
function limitBody(req: IncomingMessage, res: ServerResponse, visit: Visit, idle: number): void {
  req.setTimeout(idle, () => {
    if (req.complete || req.readableLength > 0) return;
    if (res.headersSent) req.destroy();
    else answer(req, res, visit.requestId, { status: 408, message: 'The rest of the request did not come.' });
  });
  req.once('end', () => req.setTimeout(0));
}
