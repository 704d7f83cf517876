import { constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { linesOf, requestHeaders } from '../h2c/headers.ts';
import type { InstanceSession, StreamWaiter } from '../h2c/instance-session.ts';
import type { SessionPool } from '../h2c/session-pool.ts';
import type { RawHeaders } from '../http/head.ts';
import { StreamSide } from '../tunnel/side.ts';
import type { Limits } from '../visit/limits.ts';
import type { UpgradeReply, UpgradeRequest } from './reply.ts';

/** What a WebSocket of HTTP/1.1 proves itself by, and HTTP/2 has not (RFC 8441, 5). */
const PROOF = 'sec-websocket-key';

/** Asks an instance of HTTP/2 for a WebSocket, by extended CONNECT (RFC 8441). Never rejects. */
export function askH2cTunnel(
  request: UpgradeRequest,
  pool: SessionPool,
  signal: AbortSignal,
  limits: Limits,
): Promise<UpgradeReply> {
  return new Promise((resolve) => {
    let session: InstanceSession = pool.acquire();
    let over = false;
    const leave = () => {
      session.leave(waiter);
      pool.left(session);
    };
    const settle = (reply: UpgradeReply) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (reply.kind !== 'switched' && reply.kind !== 'declined') leave();
      resolve(reply);
    };
    const onAbort = () =>
      settle({ kind: 'failed', outcome: 'cut-off', error: new Error('the client has gone') });
    const late = (error: Error): UpgradeReply =>
      session.isReady
        ? { kind: 'failed', outcome: 'timed-out', error }
        : { kind: 'not-reached', refused: false, error };
    let timer = setTimeout(() => settle(late(new Error('no connection in time'))), limits.connect);

    const begin = () => {
      if (!session.takesTunnels) return settle({ kind: 'unsupported' });
      clearTimeout(timer);
      timer = setTimeout(() => {
        settle(late(new Error('no answer in time')));
        stream.close(constants.NGHTTP2_CANCEL);
      }, limits.answerHead);
      const lines = request.head.filter((_, i, all) => all[i - (i % 2)]!.toLowerCase() !== PROOF);
      const headers = requestHeaders({ ...request, method: 'CONNECT', lines });
      const stream = session.tunnel({ ...headers, ':protocol': 'websocket' });
      signal.addEventListener('abort', () => stream.close(constants.NGHTTP2_CANCEL), { once: true });
      stream.on('error', () => undefined); // the closing follows
      stream.on('close', () => {
        if (over) leave();
        else {
          const error = session.error ?? new Error('the instance has reset the stream');
          settle({ kind: 'failed', outcome: 'cut-off', error });
        }
      });
      stream.on(
        'response',
        (answer: IncomingHttpHeaders & IncomingHttpStatusHeader, _flags: number, raw: RawHeaders = []) => {
          const status = answer[':status'] ?? 502;
          const common = { reason: '', lines: linesOf(raw) };
          if (status < 300) {
            const side = new StreamSide(stream);
            return settle({ kind: 'switched', by: 'h2c', ...common, side, early: Buffer.alloc(0) });
          }
          const isWhole = () => stream.rstCode === constants.NGHTTP2_NO_ERROR;
          settle({ kind: 'declined', status, ...common, body: stream, isWhole });
          stream.end();
        },
      );
    };
    const waiter: StreamWaiter = {
      ready: begin,
      crowded() {
        session.leave(waiter);
        session = pool.acquire();
        enter();
      },
      unreached: (error) =>
        settle({
          kind: 'not-reached',
          refused: error?.code === 'ECONNREFUSED',
          error: error ?? new Error('the connection closed'),
        }),
    };
    const enter = () => {
      session.enter(waiter);
      if (session.isReady) begin();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    enter();
    if (signal.aborted) onAbort();
  });
}
