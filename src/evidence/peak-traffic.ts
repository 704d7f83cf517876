/** How many clients of a service come: their peak over a day, in and out of rollouts. Plain data that survives JSON. */
import type { TrafficBlock } from '../core/ports.ts';

export interface PeakTraffic {
  /** Counted without a gap of a day since and up to then, Unix ms; null: never. */
  readonly since: number | null;
  readonly upTo: number;
  /** The ten seconds that run: their beginning, and clients in them. */
  readonly slot: number;
  readonly clients: number;
  /** Clients in its first two seconds, where the router counts everybody anew from there on. Absent: it does not. */
  readonly turn?: number;
  /** Most clients in any ten seconds that began in the hour from `at`; oldest first, of the last day. */
  readonly hours: readonly { readonly at: number; readonly clients: number }[];
}

const SLOT = 10_000;
/** The router counts a client once in so many ms, which begin at a multiple of that. */
const EPOCH = 600_000;
const TURN = 2_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const NO_TRAFFIC: PeakTraffic = { since: null, upTo: 0, slot: 0, clients: 0, hours: [] };

/** Adds what a reading of the router brought that was asked for at `askedAt` (Unix ms): blocks of one service. */
export function countTraffic(
  peak: PeakTraffic,
  blocks: readonly TrafficBlock[],
  askedAt: number,
): PeakTraffic {
  const isNew = peak.since === null || askedAt - peak.upTo > DAY;
  const begun = isNew ? { ...NO_TRAFFIC, since: askedAt } : peak;
  const counted = blocks.reduce(addBlock, { ...begun, upTo: askedAt });
  const first = counted.hours[0];
  return first === undefined || first.at > askedAt - DAY - HOUR
    ? counted
    : { ...counted, hours: counted.hours.filter(({ at }) => at > askedAt - DAY - HOUR) };
}

/** The highest mean over ten seconds, clients a second; over two, where regulars come that often. */
export function peakOf(peak: PeakTraffic): number {
  return (Math.max(busiest(peak), ...peak.hours.map((hour) => hour.clients)) * 1000) / SLOT;
}

/**
 * Ten seconds in which nobody comes twice, as busy as these two: what a bad release can do before anybody reacts is done in
 * less than two. Only when all are counted anew does it show how many come in two seconds. Twice the standard error is taken off, since
 * among so few seconds chance alone makes a peak.
 */
export const tenLikeTwo = (clients: number): number =>
  Math.max(0, Math.floor(((clients - 2 * Math.sqrt(clients)) * SLOT) / TURN));

const busiest = ({ clients, turn = 0 }: PeakTraffic): number => Math.max(clients, tenLikeTwo(turn));

/** The same as if so many had come in the busiest ten seconds of the day before `at`. */
export const peakBefore = (at: number, clients: number): PeakTraffic => ({
  ...NO_TRAFFIC,
  since: at - DAY,
  upTo: at,
  hours: [{ at, clients }],
});

/** A block that comes late counts in the ten seconds that run. */
function addBlock(peak: PeakTraffic, { at, clients: { seen } }: TrafficBlock): PeakTraffic {
  const slot = at - (at % SLOT);
  const turn = at % EPOCH < TURN ? seen : 0;
  if (slot > peak.slot) return withTurn({ ...peak, slot, clients: seen, hours: closed(peak) }, turn);
  const before = slot === peak.slot ? (peak.turn ?? 0) + turn : (peak.turn ?? 0);
  return withTurn({ ...peak, clients: peak.clients + seen }, before);
}

function withTurn({ turn: _, ...peak }: PeakTraffic, turn: number): PeakTraffic {
  return turn === 0 ? peak : { ...peak, turn };
}

function closed(peak: PeakTraffic): PeakTraffic['hours'] {
  const { slot, hours } = peak;
  const clients = busiest(peak);
  if (clients === 0) return hours;
  const at = slot - (slot % HOUR);
  const last = hours.at(-1);
  if (last === undefined || last.at < at) return [...hours, { at, clients }];
  return clients > last.clients ? [...hours.slice(0, -1), { ...last, clients }] : hours;
}
