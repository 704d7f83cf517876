import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Lease } from '../endpoints/environment.ts';
import type { Limits } from '../visit/limits.ts';
import type { RawHeaders } from './head.ts';

/** What an instance says to an upgrade. */
export type UpgradeReply =
  | { kind: 'switched'; res: IncomingMessage; socket: Duplex; early: Buffer }
  | { kind: 'declined'; res: IncomingMessage }
  | { kind: 'not-reached'; refused: boolean; error: Error }
  | { kind: 'failed'; outcome: 'timed-out' | 'cut-off'; error: Error };

/** A request for another protocol. */
export interface UpgradeRequest {
  readonly method: string;
  /** In origin form. */
  readonly path: string;
  readonly head: RawHeaders;
  readonly protocol: string;
}

/** Asks an instance to change the protocol, on a connection of its own. Never rejects. */
export function askUpgrade(
  { method, protocol, path, head }: UpgradeRequest,
  lease: Lease,
  signal: AbortSignal,
  limits: Limits,
): Promise<UpgradeReply> {
  return new Promise((resolve) => {
    const { host, port } = lease.endpoint.address;
    // HTTP/2 by Upgrade is obsolete (RFC 9113, 3.1) and would hide requests from the router: answered in HTTP/1.1.
    const lines = /\bh2c\b/i.test(protocol) ? [] : ['Connection', 'Upgrade', 'Upgrade', protocol];
    const out: ClientRequest = request({
      host,
      port,
      method,
      path,
      headers: [...head, ...lines],
      agent: false,
      signal,
    });
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
    out.on('upgrade', (res, socket, early) => settle({ kind: 'switched', res, socket, early }));
    out.on('response', (res) => settle({ kind: 'declined', res }));
    out.on('error', (error: NodeJS.ErrnoException) => {
      if (connected) settle({ kind: 'failed', outcome: timedOut ? 'timed-out' : 'cut-off', error });
      else settle({ kind: 'not-reached', refused: error.code === 'ECONNREFUSED', error });
    });
    out.end();
  });
}
