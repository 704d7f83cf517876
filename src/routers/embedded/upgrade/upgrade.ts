import type { Writable } from 'node:stream';
import type { ExchangeTools } from '../exchange/exchange.ts';
import { ATTEMPTS, failureAnswer, refusalOf } from '../exchange/refusals.ts';
import type { OwnAnswer } from '../http/answer.ts';
import type { RawHeaders } from '../http/head.ts';
import { joined } from '../tunnel/joined.ts';
import type { Side } from '../tunnel/side.ts';
import type { Visit } from '../visit/visit.ts';
import { passOn } from './pass-on.ts';
import type { Declined, Switched, UpgradeRequest } from './reply.ts';

/** The client's end of what is to become a tunnel, in whichever protocol. */
export interface TunnelEnd {
  readonly request: UpgradeRequest;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
  /** Whether the instance has agreed to what it was asked. */
  isAgreed(reply: Switched): boolean;
  /** Whether an answer with this status does not look like an agreement. */
  isRefusal(status: number): boolean;
  say(own: OwnAnswer): void;
  /** Says the head of such an answer; returns what takes its body. `extra`: Teal's own lines. */
  decline(reply: Declined, extra: RawHeaders): Writable;
  /** It has taken nothing of that for long: ends it, at once or when it takes nothing for `within` ms from now either. */
  endUnread(within: number): void;
  /** Says that it is a tunnel now; null: the client has gone. */
  open(reply: Switched, extra: RawHeaders): { readonly side: Side; readonly early: Buffer } | null;
}

/** Of an instance of HTTP/2, which carries a WebSocket if it says so, and nothing else. */
const UNSUPPORTED: OwnAnswer = {
  status: 501,
  message: 'The service speaks HTTP/2 and does not carry this protocol by it.',
};

/**
 * WebSocket and every other change of protocol: asks an instance, and joins the two ends if it agrees; else its answer
 * goes back. The request is in flight on its environment until the tunnel ends. Rejects only with faults of the router.
 */
export async function upgrade(client: TunnelEnd, visit: Visit, tools: ExchangeTools): Promise<void> {
  try {
    await seek(client, visit, tools);
  } catch (error) {
    // It would be in flight for ever; where it has been counted already, this changes nothing.
    visit.end('cut-off', null, 0);
    throw error;
  }
}

async function seek(
  client: TunnelEnd,
  visit: Visit,
  { instances, limits, complaints }: ExchangeTools,
): Promise<void> {
  const say = (own: OwnAnswer) => client.say({ ...own, page: visit.service.page });
  for (let count = 1; ; count += 1) {
    const arrival = await visit.target(client.gone);
    if (arrival.kind === 'gone') return visit.end('gone', null, 0);
    if (arrival.kind !== 'target') return say(refusalOf(visit, arrival, complaints));
    const { lease } = arrival;
    try {
      const reply = await instances.askUpgrade(lease.endpoint, client.request, client.gone);
      if (reply.kind === 'not-reached') {
        lease.endpoint.report(reply.refused ? 'refused' : 'failed');
        if (count < ATTEMPTS && visit.service.mayRetry()) continue;
      }
      if (reply.kind === 'switched' && client.isAgreed(reply)) {
        visit.end('1xx', null, 0, 101);
        const opened = client.open(reply, visit.answerLines(lease));
        if (opened === null) return void reply.side.stream.destroy();
        const ends = { client: opened.side, clientEarly: opened.early };
        const others = { instance: reply.side, instanceEarly: reply.early };
        return await joined({ ...ends, ...others }, lease.endpoint, isWebSocket(client.request));
      }
      if (reply.kind === 'declined' && client.isRefusal(reply.status)) {
        const begin = () => client.decline(reply, visit.answerLines(lease));
        const hearer = { begin, endUnread: (within: number) => client.endUnread(within) };
        const why = await passOn(reply, visit, hearer, limits.sendIdle);
        if (why === 'cut-off') complaints.failed(visit, lease, why, null);
        if (why === 'timed-out') complaints.failed(visit, lease, why, new Error('the answer took too long'));
        return;
      }
      if (reply.kind === 'unsupported') {
        visit.end('5xx', null, 0);
        return say(UNSUPPORTED);
      }
      if (reply.kind === 'switched') reply.side.stream.destroy();
      if (reply.kind === 'declined') reply.body.destroy();
      if (client.gone.aborted) return visit.end('gone', null, 0);
      const outcome =
        reply.kind === 'failed' ? reply.outcome : reply.kind === 'not-reached' ? 'unreachable' : 'cut-off';
      const error = 'error' in reply ? reply.error : new Error('the instance agreed to something else');
      visit.end(outcome, null, 0);
      complaints.failed(visit, lease, outcome, error);
      return say(failureAnswer(outcome));
    } finally {
      lease.release();
    }
  }
}

const isWebSocket = ({ protocol }: UpgradeRequest): boolean => /^websocket$/i.test(protocol);
