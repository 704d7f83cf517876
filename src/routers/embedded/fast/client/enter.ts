import type { RequestLimits } from '../../../../core/service/http-spec.ts';
import { createMemo } from '../../clients/memo.ts';
import { hostOf } from '../../http/strict.ts';
import type { Door } from '../../listen/door.ts';
import type { Admission } from '../../overload/admission.ts';
import type { Service } from '../../table/service.ts';
import type { Peer } from '../../visit/peer.ts';
import { createVisit, type Visit, type VisitTools } from '../../visit/visit.ts';
import type { RequestHead } from '../../wire/request-head.ts';
import type { Passage } from '../passage.ts';
import type { UpstreamPools } from '../upstream.ts';

/** What finding the way of a request needs. */
export interface EnterTools extends VisitTools {
  readonly admission: Admission;
  readonly pools: UpstreamPools;
}

/** Hosts come again and again. */
const hosts = createMemo(hostOf);

/** Of the methods that come this way. */
const NOT_IDEMPOTENT = new Set<string>(['POST', 'PATCH']);

/** The instances of a visit's environment are as busy as they may be: it may wait for room. */
export interface Crowded {
  readonly waits: Visit;
}

/** The router itself is too busy for this request of the service. */
export interface Overload {
  readonly refusedBy: Service;
  readonly bodyStart: number;
}

/** Whose request it is, whatever becomes of it. */
export function serviceOf(entered: Passage | Crowded | Overload): Service {
  if ('refusedBy' in entered) return entered.refusedBy;
  return 'waits' in entered ? entered.waits.service : entered.visit.service;
}

/**
 * Begins the passage of the request whose head was parsed from `bytes`, with an instance and a connection to it. null:
 * no instance is ready, or the request is not for the fast path; then nothing was counted of it. `waited`: its visit, where it
 * has waited for room.
 */
export function enter(
  tools: EnterTools,
  door: Door,
  peer: Peer,
  head: RequestHead,
  bytes: Buffer,
  bodyStart: number,
  waited: Visit | null,
): Passage | Crowded | Overload | null {
  const authority = head.authority(bytes);
  const path = head.target(bytes);
  const service = door.find(hosts(authority), path);
  if (service === null) return null;
  const { limits } = service.http;
  // Instances of HTTP/2 are the exchange's.
  if (service.routing.protocols !== undefined) return null;
  if (!fits(head, bodyStart, limits)) return null;
  const { identify, always } = service.routing;
  // What several lines of one name mean together, node's own parser decides.
  if (identify.kind === 'header' && head.lines.isRepeated(bytes, identify.name)) return null;
  if (always !== null && head.lines.isRepeated(bytes, always.name)) return null;
  if (waited === null && tools.admission.refuses()) {
    service.counts.overloaded += 1;
    return { refusedBy: service, bodyStart };
  }
  const { header, method } = head;
  const visit = waited ?? createVisit(tools, service, { peer, header, authority, method, path }, null);
  const lease = visit.targetNow();
  if (lease === null) return visit.crowded === null ? null : { waits: visit };
  const bodyEnd = Math.min(bytes.length, bodyStart + head.contentLength);
  const left = head.contentLength - (bodyEnd - bodyStart);
  const pool = tools.pools.of(lease.endpoint);
  return {
    visit,
    lease,
    pool,
    upstream: pool.acquire(),
    bytes,
    bodyStart,
    bodyEnd,
    left,
    repeatable: left === 0 && (method === 'GET' || !NOT_IDEMPOTENT.has(method)),
    standIn: null,
    endsAt: limits.time === null ? Number.POSITIVE_INFINITY : visit.startedAt + limits.time,
  };
}

/** What does not is answered by node's own server. */
const fits = (head: RequestHead, size: number, limits: RequestLimits): boolean =>
  size <= limits.headerSize &&
  head.lines.count <= limits.headerLines &&
  head.targetEnd - head.targetStart <= limits.url &&
  (limits.body === null || head.contentLength <= limits.body);
