import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { Lease } from '../endpoints/environment.ts';
import { CROWDED, OVERLOADED } from '../overload/busy.ts';
import { isNoHelp, NOWHERE } from '../skew/stand-in.ts';
import type { Complaints } from '../visit/complaints.ts';
import { maintenanceAnswer } from '../visit/kept-out.ts';
import type { Arrival, Visit } from '../visit/visit.ts';
import { hasBody, type OwnAnswer, TOO_LARGE, TOO_SLOW, tell } from './answer.ts';
import { type AttemptResult, attempt } from './attempt.ts';
import type { Upstreams } from './upstream.ts';

/** A request that reached no instance is tried this often in all. */
export const ATTEMPTS = 4;

/** What an instance gets of a request. */
export interface Outgoing {
  readonly path: string;
  readonly head: readonly string[];
}

/**
 * One request and its answer: an instance is chosen, the answer streamed back. Where nothing of the request has reached
 * the instance, another one gets it. Whatever happens to the request is answered or logged here.
 */
export async function exchange(
  req: IncomingMessage,
  res: ServerResponse,
  visit: Visit,
  outgoing: Outgoing,
  upstreams: Upstreams,
  complaints: Complaints,
  beforeBody: () => void,
): Promise<void> {
  const left = new AbortController();
  const onClose = () => left.abort();
  res.once('close', onClose);
  let accepted = false;
  try {
    for (let count = 1; ; count += 1) {
      const arrival = await visit.target(left.signal);
      if (arrival.kind === 'gone') return visit.end('gone', null, 0);
      if (arrival.kind !== 'target') return refuse(req, res, visit, arrival, complaints);
      if (!accepted) beforeBody();
      accepted = true;
      let other: Lease | null = null;
      const result = await send(req, res, visit, outgoing, arrival.lease, upstreams, (status) => {
        if (status === 404 && !hasBody(req)) other = visit.standIn(arrival.lease, req.method, outgoing.path);
        return other !== null;
      });
      if (result.kind === 'declined')
        return askElsewhere(req, res, visit, outgoing, other!, upstreams, complaints);
      if (result.kind === 'not-reached') {
        arrival.lease.endpoint.report(result.refused ? 'refused' : 'failed');
        if (count < ATTEMPTS && visit.service.mayRetry()) continue;
      }
      return conclude(req, res, visit, arrival.lease, result, complaints);
    }
  } finally {
    res.off('close', onClose);
  }
}

/** Asks the environment that stands in, and says 404 where it has not got it either, or does not answer. */
async function askElsewhere(
  req: IncomingMessage,
  res: ServerResponse,
  visit: Visit,
  outgoing: Outgoing,
  lease: Lease,
  upstreams: Upstreams,
  complaints: Complaints,
): Promise<void> {
  const result = await send(req, res, visit, outgoing, lease, upstreams, isNoHelp);
  if (result.kind === 'answered' || result.kind === 'gone') {
    return conclude(req, res, visit, lease, result, complaints);
  }
  visit.standDown();
  visit.end('4xx', null, 0);
  tell(req, res, visit, NOWHERE);
}

async function send(
  req: IncomingMessage,
  res: ServerResponse,
  visit: Visit,
  outgoing: Outgoing,
  lease: Lease,
  upstreams: Upstreams,
  declines: (status: number) => boolean,
): Promise<AttemptResult> {
  try {
    const connection = upstreams.of(lease.endpoint).acquire();
    const extra = visit.answerLines(lease);
    const { startedAt, service } = visit;
    const { limits } = service.http;
    const { sendIdle } = upstreams.limits;
    return await attempt(req, res, connection, {
      ...outgoing,
      extra,
      declines,
      onHead: (at) => visit.answered(at),
      limits,
      startedAt,
      sendIdle,
      leaving: lease.endpoint.leaving,
    });
  } finally {
    lease.release();
  }
}

function conclude(
  req: IncomingMessage,
  res: ServerResponse,
  visit: Visit,
  lease: Lease,
  result: Exclude<AttemptResult, { readonly kind: 'declined' }>,
  complaints: Complaints,
): void {
  switch (result.kind) {
    case 'answered':
      visit.end(result.outcome, result.headAt, result.bytesOut, result.status);
      if (result.outcome === 'cut-off' || result.outcome === 'timed-out') {
        complaints.failed(visit, lease, result.outcome, null);
      }
      break;
    case 'too-large':
      visit.end('4xx', null, 0);
      tell(req, res, visit, TOO_LARGE);
      break;
    case 'too-slow':
      visit.end('gone', null, 0);
      tell(req, res, visit, TOO_SLOW);
      break;
    case 'gone':
      visit.end('gone', null, 0);
      break;
    case 'unfit':
      visit.end('4xx', null, 0);
      tell(req, res, visit, { status: 400, message: 'The request is malformed.' });
      break;
    case 'not-reached':
    case 'failed': {
      const outcome = result.kind === 'failed' ? result.outcome : 'unreachable';
      visit.end(outcome, null, 0);
      complaints.failed(visit, lease, outcome, result.error);
      tell(req, res, visit, failureAnswer(outcome));
    }
  }
}

/** What the client of an instance that did not answer is told. */
export function failureAnswer(outcome: RequestOutcome): OwnAnswer {
  if (outcome === 'timed-out') return { status: 504, message: 'The service took too long to answer.' };
  if (outcome === 'unreachable') return { status: 502, message: 'The service cannot be reached.' };
  return { status: 502, message: 'The service broke off before it had answered.' };
}

/** A request for which there is no instance. */
type Unserved = Exclude<Arrival, { readonly kind: 'target' | 'gone' }>;

/** Nobody can answer: 503, with the reason if there is one to tell. */
export function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  visit: Visit,
  arrival: Unserved,
  complaints: Complaints,
): void {
  tell(req, res, visit, refusalOf(visit, arrival, complaints));
}

/** What a client is told whom nobody can answer. The visit has ended. */
export function refusalOf(visit: Visit, arrival: Unserved, complaints: Complaints): OwnAnswer {
  // Of what was sent nowhere this counts nothing: maintenance and a busy router say nothing about a release.
  visit.end('unreachable', null, 0);
  if (arrival.kind === 'maintenance') return maintenanceAnswer(arrival.maintenance, Date.now());
  if (arrival.kind === 'crowded') return CROWDED;
  if (arrival.kind === 'overloaded') return OVERLOADED;
  const reason = arrival.kind === 'outage' ? arrival.reason : null;
  complaints.noInstance(visit, reason);
  return {
    status: 503,
    message: reason ?? 'No instance of the service is ready.',
    retryAfter: reason === null ? 1 : 5,
  };
}
