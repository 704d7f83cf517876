import { type ClientRequest, request } from 'node:http';
import type { Endpoint } from '../../../core/world.ts';
import { asksForHttp2 } from '../http/http2-by-upgrade.ts';
import type { Limits } from '../visit/limits.ts';
import type { UpgradeReply, UpgradeRequest } from './reply.ts';

/** Asks an instance of HTTP/1.1 to change the protocol, on a connection of its own. Never rejects. */
export function askHttp1(
  { method, protocol, path, head }: UpgradeRequest,
  { host, port }: Endpoint,
  signal: AbortSignal,
  limits: Limits,
): Promise<UpgradeReply> {
  return new Promise((resolve) => {
    // Clients of HTTP/2 can ask for it as well (RFC 8441): the answer is as to any other request.
    const lines = asksForHttp2(protocol) ? [] : ['Connection', 'Upgrade', 'Upgrade', protocol];
    const headers = [...head, ...lines];
    const out: ClientRequest = request({ host, port, method, path, headers, agent: false, signal });
    let connected = false;
    let timedOut = false;
    const expire = () => {
      timedOut = true;
      out.destroy(new Error(connected ? 'no answer in time' : 'no connection in time'));
    };
    let timer = setTimeout(expire, limits.connect);
    const settle = (reply: UpgradeReply) => {
      clearTimeout(timer);
      resolve(reply);
    };
    out.on('socket', (socket) =>
      socket.once('connect', () => {
        connected = true;
        clearTimeout(timer);
        timer = setTimeout(expire, limits.answerHead);
      }),
    );
    out.on('upgrade', ({ statusMessage = '', rawHeaders: raw }, end, early) =>
      settle({ kind: 'switched', by: 'http/1.1', reason: statusMessage, lines: raw, end, early }),
    );
    out.on('response', (body) => {
      const { statusCode: status = 502, statusMessage: reason = '', rawHeaders: raw } = body;
      settle({ kind: 'declined', status, reason, lines: raw, body, isWhole: () => body.complete });
    });
    out.on('error', (error: NodeJS.ErrnoException) => {
      if (connected) settle({ kind: 'failed', outcome: timedOut ? 'timed-out' : 'cut-off', error });
      else settle({ kind: 'not-reached', refused: error.code === 'ECONNREFUSED', error });
    });
    out.end();
  });
}
