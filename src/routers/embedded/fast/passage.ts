import type { Lease } from '../endpoints/environment.ts';
import type { Visit } from '../visit/visit.ts';
import type { UpstreamConnection, UpstreamPool } from './upstream.ts';

/** One request on its way through the fast path. */
export interface Passage {
  readonly visit: Visit;
  lease: Lease;
  pool: UpstreamPool;
  upstream: UpstreamConnection;
  /** Begins with the request's head and what came of its body with it. Another memory once it is under way, where it was lent. */
  bytes: Buffer;
  readonly bodyStart: number;
  /** Of `bytes`; behind it is the next request. */
  readonly bodyEnd: number;
  /** Bytes of the body that have yet to come from the client. */
  left: number;
  /** When the answer has to be whole, in the time of `performance.now()`; event streams are freed from it. */
  endsAt: number;
  /** Whether it may be sent again where no instance has read it: idempotent, and all of it in `bytes`. */
  readonly repeatable: boolean;
  /** Another environment's lease for what the first one has not; it is asked from the moment that it is here. */
  standIn: Lease | null;
}
