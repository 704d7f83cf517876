import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Lease } from '../endpoints/environment.ts';
import { ATTEMPTS, failureAnswer, refusalOf } from '../exchange/refusals.ts';
import { askUpgrade, type UpgradeReply } from '../http/ask-upgrade.ts';
import { introductionOf, type RawHeaders, requestHead, responseHead } from '../http/head.ts';
import { joined } from '../tunnel/joined.ts';
import { passOn } from '../tunnel/pass-on.ts';
import type { Complaints } from '../visit/complaints.ts';
import type { Limits } from '../visit/limits.ts';
import type { Visit } from '../visit/visit.ts';
import { answerStream } from './answer.ts';
import { headersOf } from './headers.ts';
import type { StreamRequest } from './request.ts';

export interface TunnelTools {
  readonly limits: Limits;
  readonly complaints: Complaints;
}

/** RFC 6455, 1.3. */
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * WebSocket over a stream (RFC 8441): asks an instance for the upgrade of HTTP/1.1 that means the same, and joins the
 * two if it agrees. The request is in flight on its environment until the tunnel ends.
 */
export function tunnelStream(
  stream: ServerHttp2Stream,
  request: StreamRequest,
  protocol: string,
  visit: Visit,
  tools: TunnelTools,
): void {
  const say = (own: Parameters<typeof answerStream>[4]) =>
    answerStream(stream, request.method, request.lines, visit.requestId, {
      ...own,
      page: visit.service.page,
    });
  if (protocol !== 'websocket') {
    visit.withdraw();
    return void say({ status: 501, message: 'The only protocol that is understood is websocket.' });
  }
  tunnel(stream, request, visit, tools, say).catch((error: Error) => {
    tools.complaints.fault(visit, error);
    stream.destroy(error);
  });
}

async function tunnel(
  stream: ServerHttp2Stream,
  request: StreamRequest,
  visit: Visit,
  tools: TunnelTools,
  say: (own: Parameters<typeof answerStream>[4]) => void,
): Promise<void> {
  const left = new AbortController();
  stream.once('close', () => left.abort());
  const key = randomBytes(16).toString('base64');
  for (let count = 1; ; count += 1) {
    const arrival = await visit.target(left.signal);
    if (arrival.kind === 'gone') return visit.end('gone', null, 0);
    if (arrival.kind !== 'target') return say(refusalOf(visit, arrival, tools.complaints));
    const { lease } = arrival;
    try {
      const reply = await askUpgrade(asHttp1(request, visit, key), lease, left.signal, tools.limits);
      if (reply.kind === 'not-reached') {
        lease.endpoint.report(reply.refused ? 'refused' : 'failed');
        if (count < ATTEMPTS && visit.service.mayRetry()) continue;
      }
      if (reply.kind === 'switched' && isAgreed(reply.res, key))
        return await join(stream, visit, lease, reply);
      if (reply.kind === 'declined' && (reply.res.statusCode ?? 0) >= 300) {
        return await passOn(reply.res, stream, visit, (status) =>
          stream.respond(statusWith(status, responseHead(reply.res.rawHeaders, visit.answerLines(lease)))),
        );
      }
      if (left.signal.aborted) return visit.end('gone', null, 0);
      const outcome =
        reply.kind === 'failed' ? reply.outcome : reply.kind === 'not-reached' ? 'unreachable' : 'cut-off';
      const error = 'error' in reply ? reply.error : new Error('the instance did not agree to a WebSocket');
      if ('socket' in reply) reply.socket.destroy();
      else if ('res' in reply) reply.res.destroy();
      visit.end(outcome, null, 0);
      tools.complaints.failed(visit, lease, outcome, error);
      return say(failureAnswer(outcome));
    } finally {
      lease.release();
    }
  }
}

function asHttp1({ destination, lines }: StreamRequest, visit: Visit, key: string) {
  const own: string[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    if (lines[i] !== 'sec-websocket-key' && lines[i] !== 'content-length') own.push(lines[i]!, lines[i + 1]!);
  }
  const head = requestHead(own, destination.authority, introductionOf(visit));
  return {
    method: 'GET',
    protocol: 'websocket',
    path: destination.path,
    head: [...head, 'Sec-WebSocket-Key', key],
  };
}

const isAgreed = ({ headers }: IncomingMessage, key: string): boolean =>
  headers['sec-websocket-accept'] ===
  createHash('sha1')
    .update(key + ACCEPT)
    .digest('base64');

async function join(
  stream: ServerHttp2Stream,
  visit: Visit,
  lease: Lease,
  { res, socket, early }: Extract<UpgradeReply, { kind: 'switched' }>,
): Promise<void> {
  visit.end('1xx', null, 0, 101);
  if (stream.destroyed) return void socket.destroy();
  const raw = res.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 && name.toLowerCase() !== 'sec-websocket-accept' ? [name, all[index + 1]!] : [],
  );
  stream.respond(statusWith(200, responseHead(raw, visit.answerLines(lease))));
  const ends = { client: stream, instance: socket, clientEarly: Buffer.alloc(0), instanceEarly: early };
  await joined(ends, lease.endpoint, true);
}

function statusWith(status: number, raw: RawHeaders) {
  const headers = headersOf(raw);
  headers[':status'] = status;
  return headers;
}
