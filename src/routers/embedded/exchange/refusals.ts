import type { RequestOutcome } from '../../../core/ports.ts';
import type { OwnAnswer } from '../http/answer.ts';
import { CROWDED } from '../overload/busy.ts';
import type { Complaints } from '../visit/complaints.ts';
import { maintenanceAnswer } from '../visit/kept-out.ts';
import type { Arrival, Visit } from '../visit/visit.ts';

/** A request that reached no instance is tried this often in all. */
export const ATTEMPTS = 4;

/** Why a request was given up whose instance stopped reading in its middle. */
export const STALLED = 'the instance takes nothing more of the request';

/** `2xx` for 200 to 299, and so on. */
export const outcomeOf = (status: number): RequestOutcome =>
  CLASSES[Math.min(5, Math.floor(status / 100)) - 1]!;

/** By the hundreds. Not put together anew for each answer: counts are found by these texts, and sooner by the very same ones. */
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** What the client of an instance that did not answer is told. */
export function failureAnswer(outcome: RequestOutcome): OwnAnswer {
  if (outcome === 'timed-out') return { status: 504, message: 'The service took too long to answer.' };
  if (outcome === 'unreachable') return { status: 502, message: 'The service cannot be reached.' };
  return { status: 502, message: 'The service broke off before it had answered.' };
}

/** A request for which there is no instance. */
export type Unserved = Exclude<Arrival, { readonly kind: 'target' | 'gone' }>;

/** What a client is told whom nobody can answer: 503, with the reason if there is one to tell. The visit has ended. */
export function refusalOf(visit: Visit, arrival: Unserved, complaints: Complaints): OwnAnswer {
  // Of what was sent nowhere this counts nothing: maintenance says nothing about a release.
  visit.end('unreachable', null, 0);
  if (arrival.kind === 'maintenance') return maintenanceAnswer(arrival.maintenance, Date.now());
  if (arrival.kind === 'crowded') return CROWDED;
  const reason = arrival.kind === 'outage' ? arrival.reason : null;
  complaints.noInstance(visit, reason);
  return {
    status: 503,
    message: reason ?? 'No instance of the service is ready.',
    retryAfter: reason === null ? 1 : 5,
  };
}
