import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import type { DesiredMaintenance } from '../../../core/world.ts';
import type { Identities } from '../clients/identity.ts';
import type { ReadHeader } from '../clients/read-header.ts';
import type { Lease } from '../endpoints/environment.ts';
import type { Pins } from '../skew/pins.ts';
import type { Service } from '../table/service.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import type { Limits } from './limits.ts';
import type { Forwarded, Peer } from './peer.ts';
import { PlacedVisit } from './placed-visit.ts';
import type { RequestNames } from './request-names.ts';

/** One request on its way through the router: whose it is, where it belongs, what is counted of it. */
export interface Visit {
  readonly service: Service;
  readonly requestId: string;
  /** The same and the trace, for whoever writes them out without making texts of them. */
  readonly names: RequestNames;
  readonly startedAt: number;
  /** What the instance is told of the client. */
  readonly forwarded: Forwarded;
  /** The name of the trace that begins here; null: the client's goes on, if it has one. */
  readonly trace: string | null;
  /** An instance, if one is ready now, with the request counted in flight on it. Else nothing was counted. */
  targetNow(): Lease | null;
  /** Where `targetNow` has found no instance with room; null: it has, or there is none at all. */
  readonly crowded: Colour | null;
  /** It has waited for room in vain: a failure of its environment, which gets as much as its instances can bear. */
  refusedByCrowd(): void;
  /**
   * Waits for an instance for as long as the service holds requests, and counts the request in flight on it. Each time
   * it looks, it obeys the table of that moment.
   */
  target(signal: AbortSignal): Promise<Arrival>;
  /** Another environment's instance for what this one has not, with the request counted in flight there; null: there is none. */
  standIn(lease: Lease, method: string | undefined, path: string): Lease | null;
  /** The stand-in has not got it either, or did not answer. */
  standDown(): void;
  /** Header lines that the answer of this instance gets: Teal's cookies, or what a preview reached. */
  answerLines(lease: Lease): readonly string[];
  /** The head of the answer came at `headAt`, and its body goes on; null: its time says nothing. */
  answered(headAt: number | null): void;
  /** `status`: of the instance's answer, where there is one. Only the first call counts. */
  end(outcome: RequestOutcome, headAt: number | null, bytesOut: number, status?: number): void;
  /** Another visit begins for the same request: this one counts nothing. */
  withdraw(): void;
}

/** What a visit needs to know of a request. */
export interface RequestFacts {
  readonly peer: Peer;
  readonly header: ReadHeader;
  /** The host that was asked for, as the client wrote it. */
  readonly authority: string;
  readonly method: string;
  /** As in the request line. */
  readonly path: string;
}

export type Arrival =
  | { readonly kind: 'target'; readonly lease: Lease }
  | { readonly kind: 'none' }
  | { readonly kind: 'outage'; readonly reason: string }
  | { readonly kind: 'crowded' }
  | { readonly kind: 'maintenance'; readonly maintenance: DesiredMaintenance }
  | { readonly kind: 'gone' };

/** What visits need of the router. */
export interface VisitTools {
  readonly recorder: Recorder;
  readonly identities: Identities;
  readonly pins: Pins;
  readonly limits: Limits;
  readonly accessLog: AccessLog;
}

/** `listenerOf`: the environment whose own loopback listener it came in by; null: a public one. */
export const createVisit = (
  tools: VisitTools,
  service: Service,
  facts: RequestFacts,
  listenerOf: Colour | null,
): Visit => new PlacedVisit(tools, service, facts, listenerOf);
