import { Readable } from 'node:stream';
import type { AnswerHead } from '../exchange/errand.ts';
import { Http1Errand, type Switch, type UpgradeEvents } from '../exchange/http1-errand.ts';
import type { UpstreamPool } from '../fast/upstream.ts';
import { headerOf, namedInConnection, type RawHeaders } from '../http/head.ts';
import { asksForHttp2 } from '../http/http2-by-upgrade.ts';
import type { Limits } from '../visit/limits.ts';
import type { UpgradeReply, UpgradeRequest } from './reply.ts';

/**
 * Asks an instance of HTTP/1.1 to change the protocol, on a connection of its own, which serves nothing else whatever the
 * answer is. Rejects only with a fault of the router.
 */
export function askHttp1(
  request: UpgradeRequest,
  pool: UpstreamPool,
  signal: AbortSignal,
  limits: Limits,
): Promise<UpgradeReply> {
  return new Promise((resolve, reject) => {
    // Clients of HTTP/2 can ask for it as well (RFC 8441): the answer is as to any other request.
    const asks = !asksForHttp2(request.protocol);
    let body: Readable | null = null;
    let isWhole = false;

    const rest = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const settle = (reply: UpgradeReply) => {
      rest();
      resolve(reply);
    };
    const fail = (outcome: 'timed-out' | 'cut-off', error: Error) => {
      errand.abandon();
      settle({ kind: 'failed', outcome, error });
    };
    const unreached = (refused: boolean, error: Error) => {
      errand.abandon();
      settle({ kind: 'not-reached', refused, error });
    };
    const onAbort = () => fail('cut-off', new Error('the client has gone'));

    const events: UpgradeEvents = {
      opened() {
        clearTimeout(timer);
        timer = setTimeout(() => fail('timed-out', new Error('no answer in time')), limits.answerHead);
        errand.send({
          ...request,
          lines: [
            ...request.head,
            ...(asks ? ['Connection', 'Upgrade', 'Upgrade', request.protocol] : CLOSE),
          ],
          body: 'none',
          takesTrailers: false,
        });
      },
      switched({ reason, lines, side, early }: Switch) {
        if (asks && saysUpgrade(lines))
          return settle({ kind: 'switched', by: 'http/1.1', reason, lines, side, early });
        fail('cut-off', new Error('the instance agreed to something else'));
      },
      answered({ status, reason, lines }: AnswerHead) {
        body = new Readable({
          read: () => errand.resume(),
          destroy(error, done) {
            errand.abandon();
            done(error);
          },
        });
        body.on('error', () => undefined); // whoever reads it finds out
        settle({ kind: 'declined', status, reason, lines, body, isWhole: () => isWhole });
      },
      content(chunk) {
        if (!body!.push(chunk)) errand.pause();
      },
      whole() {
        isWhole = true;
        errand.abandon();
        body!.push(null);
      },
      unreached: (refused, error) => unreached(refused, error ?? new Error('the connection closed')),
      broken(error, what) {
        if (body !== null) body.destroy(error);
        // Another instance may have it, as any request that may be sent again.
        else if (what === 'unread' && request.method === 'GET') unreached(false, error);
        else fail('cut-off', error);
      },
      fault(error) {
        rest();
        errand.abandon();
        body?.destroy();
        reject(error);
      },
      // Nothing is told of what comes before the answer, and nothing waits for it but the timer.
      hinted() {},
      waits() {},
      drained() {},
    };
    const forHead = request.method === 'HEAD';
    const errand = new Http1Errand(pool, pool.open(), forHead, limits.answerHeadSize, events);
    let timer = setTimeout(() => unreached(false, new Error('no connection in time')), limits.connect);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

const CLOSE: RawHeaders = ['Connection', 'close'];

/** What every 101 has to say (RFC 9110, 7.8). */
const saysUpgrade = (lines: RawHeaders): boolean =>
  headerOf(lines, 'upgrade') !== null && namedInConnection(lines).has('upgrade');
