import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { watchReading } from '../fast/client/watch-reading.ts';
import { Arrivals } from '../tunnel/arrivals.ts';
import { StreamSide } from '../tunnel/side.ts';
import type { Declined, Switched, UpgradeRequest } from '../upgrade/reply.ts';
import type { TunnelEnd } from '../upgrade/upgrade.ts';
import { acceptOf } from '../upgrade/websocket-key.ts';
import type { Visit } from '../visit/visit.ts';
import { answer, type OwnAnswer } from './answer.ts';
import { headerOf, introductionOf, type RawHeaders, requestHead, responseHead } from './head.ts';
import type { Destination } from './strict.ts';

/** A quiet connection is asked this often (ms, by TCP) whether somebody is still there. */
const KEEP_ALIVE = 30_000;

/** The client's end of an Upgrade of HTTP/1.1. `early`: what came of the tunnel with the head. */
export function http1Tunnel(
  req: IncomingMessage,
  socket: Duplex,
  early: Buffer,
  visit: Visit,
  { authority, path }: Destination,
): TunnelEnd {
  const res = responseOn(socket, req);
  const arrivals = new Arrivals(socket, early);
  const left = new AbortController();
  socket.once('close', () => left.abort());
  const protocol = req.headers.upgrade ?? '';
  const head = requestHead(req.rawHeaders, authority, introductionOf(visit));
  const request: UpgradeRequest = { method: req.method ?? 'GET', authority, path, protocol, head };
  return {
    request,
    gone: left.signal,
    isAgreed: () => true,
    isRefusal: () => true,
    say(own: OwnAnswer) {
      arrivals.drop();
      answer(req, res, visit.requestId, own);
    },
    decline({ status, reason, lines }: Declined, extra: RawHeaders) {
      arrivals.drop();
      res.writeHead(status, reason, responseHead(lines, extra));
      return res;
    },
    endUnread: (within: number) => watchReading(socket as Socket, within),
    open(reply: Switched, extra: RawHeaders) {
      const own = [
        ...extra,
        'Connection',
        'Upgrade',
        'Upgrade',
        headerOf(reply.lines, 'upgrade') ?? protocol,
      ];
      // An instance of HTTP/2 does not prove itself; the client wants to hear it all the same.
      if (reply.by === 'h2c')
        own.push('Sec-WebSocket-Accept', acceptOf(req.headers['sec-websocket-key'] ?? ''));
      const reason = reply.by === 'h2c' ? 'Switching Protocols' : reply.reason;
      socket.write(`HTTP/1.1 101 ${reason}\r\n${textOf(responseHead(reply.lines, own))}\r\n`, 'latin1');
      for (const stream of [socket, reply.side.stream]) keepAlive(stream);
      return { side: new StreamSide(socket), early: arrivals.take() };
    },
  };
}

/** A response on a connection that node's server has let go of. */
export function responseOn(socket: Duplex, req: IncomingMessage): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Socket);
  // As the server would say it.
  socket.on('drain', () => res.emit('drain'));
  res.on('finish', () => {
    res.detachSocket(socket as Socket);
    (socket as Socket).destroySoon();
  });
  return res;
}

/** Streams of HTTP/2 have no such thing: their session is asked. */
function keepAlive(stream: Duplex): void {
  if ('setKeepAlive' in stream) (stream as Socket).setKeepAlive(true, KEEP_ALIVE);
}

function textOf(raw: RawHeaders): string {
  let text = '';
  for (let i = 0; i + 1 < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return text;
}
