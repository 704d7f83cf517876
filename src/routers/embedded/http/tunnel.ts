import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Lease } from '../endpoints/environment.ts';
import { ATTEMPTS, failureAnswer, refusalOf } from '../exchange/refusals.ts';
import { joined } from '../tunnel/joined.ts';
import { passOn } from '../tunnel/pass-on.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Visit } from '../visit/visit.ts';
import { tell } from './answer.ts';
import { askUpgrade, type UpgradeReply } from './ask-upgrade.ts';
import { introductionOf, type RawHeaders, requestHead, responseHead } from './head.ts';
import type { Destination } from './strict.ts';

/** A quiet connection is asked this often (ms, by TCP) whether somebody is still there. */
const KEEP_ALIVE = 30_000;

/**
 * WebSocket and every other Upgrade: asks an instance, and joins the two connections if it agrees; else its answer
 * goes back. The request is in flight on its environment until the tunnel ends. Never rejects.
 */
export async function tunnel(
  req: IncomingMessage,
  socket: Duplex,
  early: Buffer,
  visit: Visit,
  { authority, path }: Destination,
  complaints: Complaints,
  limits: Limits,
): Promise<void> {
  const res = responseOn(socket, req);
  const head = requestHead(req.rawHeaders, authority, introductionOf(visit));
  const asked = { path, head, method: req.method ?? 'GET', protocol: req.headers.upgrade ?? '' };
  const left = new AbortController();
  socket.once('close', () => left.abort());
  for (let count = 1; ; count += 1) {
    const arrival = await visit.target(left.signal);
    if (arrival.kind === 'gone') return visit.end('gone', null, 0);
    if (arrival.kind !== 'target') return tell(req, res, visit, refusalOf(visit, arrival, complaints));
    const { lease } = arrival;
    try {
      const reply = await askUpgrade(asked, lease, left.signal, limits);
      if (reply.kind === 'not-reached') {
        lease.endpoint.report(reply.refused ? 'refused' : 'failed');
        if (count < ATTEMPTS && visit.service.mayRetry()) continue;
      }
      if (reply.kind === 'switched') return await join(req, socket, early, visit, lease, reply);
      if (reply.kind === 'declined') {
        const { statusMessage = '', rawHeaders } = reply.res;
        return await passOn(reply.res, res, visit, (status) => {
          res.writeHead(status, statusMessage, responseHead(rawHeaders, visit.answerLines(lease)));
        });
      }
      if (left.signal.aborted) return visit.end('gone', null, 0);
      const outcome = reply.kind === 'failed' ? reply.outcome : 'unreachable';
      visit.end(outcome, null, 0);
      complaints.failed(visit, lease, outcome, reply.error);
      return tell(req, res, visit, failureAnswer(outcome));
    } finally {
      lease.release();
    }
  }
}

/** A response on a connection that node's server has let go of. */
export function responseOn(socket: Duplex, req: IncomingMessage): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Socket);
  res.on('finish', () => {
    res.detachSocket(socket as Socket);
    (socket as Socket).destroySoon();
  });
  return res;
}

async function join(
  req: IncomingMessage,
  client: Duplex,
  clientEarly: Buffer,
  visit: Visit,
  lease: Lease,
  reply: Extract<UpgradeReply, { kind: 'switched' }>,
): Promise<void> {
  visit.end('1xx', null, 0, 101);
  const head = responseHead(reply.res.rawHeaders, [
    ...visit.answerLines(lease),
    'Connection',
    'Upgrade',
    'Upgrade',
    reply.res.headers.upgrade ?? req.headers.upgrade ?? '',
  ]);
  client.write(statusLine(reply.res) + linesOf(head), 'latin1');
  for (const side of [client, reply.socket] as Socket[]) side.setKeepAlive(true, KEEP_ALIVE);
  const ends = { client, instance: reply.socket, clientEarly, instanceEarly: reply.early };
  await joined(ends, lease.endpoint, /^websocket$/i.test(reply.res.headers.upgrade ?? ''));
}

const statusLine = (res: IncomingMessage): string => `HTTP/1.1 ${res.statusCode} ${res.statusMessage}\r\n`;

function linesOf(raw: RawHeaders): string {
  let text = '';
  for (let i = 0; i + 1 < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return `${text}\r\n`;
}
