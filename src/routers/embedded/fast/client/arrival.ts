import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { asksForHttp2 } from '../../http/http2-by-upgrade.ts';
import { incomingOf } from '../../http/incoming.ts';
import type { Peer } from '../../visit/peer.ts';
import type { Visit } from '../../visit/visit.ts';
import { MORE } from '../../wire/header-lines.ts';
import type { Entrance, Shared } from '../fast-path.ts';
import type { Passage } from '../passage.ts';
import { type Crowded, enter, type Overload } from './enter.ts';

/** A request for another protocol, as node's own server would give it. */
export interface Change {
  readonly change: IncomingMessage;
  /** What came behind it. */
  readonly early: Buffer;
}

/** What a client's bytes begin with. MORE: a head that is not whole yet; null: what node's own server has to look at. */
export type Arrival = Passage | Crowded | Overload | Change | typeof MORE | null;

/**
 * Finds what these bytes begin with; the shared head is this request's then. Nothing has been done about it but what `enter`
 * does. `waited`: the visit of the request, where it has waited for room.
 */
export function arrivalOf(
  shared: Shared,
  entrance: Entrance,
  peer: Peer,
  socket: Socket,
  bytes: Buffer,
  waited: Visit | null,
): Arrival {
  const { head } = shared;
  const { headSize } = shared.limits;
  const bodyStart = head.parse(bytes, 0, bytes.length);
  if (bodyStart === MORE) return bytes.length <= headSize ? MORE : null;
  if (bodyStart > 0)
    return bodyStart <= headSize ? enter(shared, entrance.door, peer, head, bytes, bodyStart, waited) : null;
  const end = head.upgradeEnd;
  return end > 0 && end <= headSize ? changeOf(shared, socket, bytes, end) : null;
}

/** null: one that node's own parser has to look at. */
function changeOf({ head }: Shared, socket: Socket, bytes: Buffer, end: number): Change | null {
  const change = incomingOf(head, bytes, socket);
  if (change === null || asksForHttp2(change.headers.upgrade)) return null;
  return { change, early: bytes.subarray(end) };
}
