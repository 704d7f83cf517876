import { ALL, type Colour, other } from '../../../core/model.ts';
import type { Routing } from '../../../core/world.ts';
import type { Placement } from '../clients/placement.ts';
import type { Pin } from './pins.ts';

/** What of a routing decides about pins. */
export type PinRule = Pick<Routing, 'skew' | 'candidate' | 'split' | 'releases'>;

/**
 * Where a client with a page of before belongs: on the release of that page, if it may still answer. A pin only ever
 * holds back from a candidate and leads to none, so neither a forged nor an old one chooses a release that the client
 * would not have; and a release that is taken back is no longer among those that may answer.
 *
 * `since`: when the split became what it is, Unix ms. Those who have loaded no page since are no evidence while two releases
 * are compared, in neither arm: else one arm would lack exactly the clients that do not load pages.
 */
export function keep(
  rule: PinRule,
  since: number,
  placement: Placement,
  pin: Pin,
  now: number,
  canServe: (colour: Colour) => boolean,
): Placement {
  const { skew, candidate, split, releases } = rule;
  if (placement.kind !== 'assigned' || skew === null) return placement;
  if (pin.at >= since || pin.at + skew.pin <= now) return placement;
  const old = other(placement.colour);
  const mayStay = old !== candidate && skew.standIns.includes(old) && releases[old] === pin.release;
  if (mayStay && canServe(old)) return { kind: 'kept', colour: old };
  const compared = candidate !== null && split[candidate] > 0 && split[candidate] < ALL;
  return compared ? { kind: 'kept', colour: placement.colour } : placement;
}
