/** What a bake is measured by: how often a service failed in the past, and how much that varied by itself. Plain data that survives JSON. */
import type { TrafficBlock } from '../core/ports.ts';
import {
  addSwing,
  addSwings,
  NO_SWINGS,
  type Ordinary,
  ordinaryOf,
  type Swings,
  totalOf,
} from '../judge/index.ts';

/** Clients of the service in the past, of one metric. */
export interface Past {
  readonly n: number;
  readonly bad: number;
  /** How much of its variation is ordinary. Absent: none that is known. */
  readonly ordinary?: Ordinary;
}

/** How the errors of stable varied lately: in the part of a day that runs, and in the one before. */
export interface SwingsOfDay {
  /** Unix ms. */
  readonly since: number;
  readonly running: Swings;
  readonly before: Swings;
}

/** Half of how far that reaches back, ms. */
const PART = 12 * 3_600_000;

export const NO_DAY: SwingsOfDay = { since: 0, running: NO_SWINGS, before: NO_SWINGS };

/** Adds blocks of stable, read at `now` (Unix ms). */
export function withBlocks(day: SwingsOfDay, blocks: readonly TrafficBlock[], now: number): SwingsOfDay {
  if (blocks.length === 0) return day;
  const age = now - day.since;
  const current =
    age < PART ? day : { since: now, running: NO_SWINGS, before: age < 2 * PART ? day.running : NO_SWINGS };
  const running = blocks.reduce(
    (sum, { at, clients: { seen, hurt, hurtLate = 0 } }) =>
      addSwing(sum, at, { n: seen, bad: hurt, late: hurtLate }),
    current.running,
  );
  return { ...current, running };
}

/**
 * The past of a bake. `lately`: what stable did in the comparison just before. Where it surely was worse than its day (by two
 * standard errors), that counts, since in an hour that is bad for both releases a bake would find the candidate worse than the past, again and again; and
 * so do bursts that began in it, be it after an alarm, while both were compared again.
 */
export function pastOfBake(day: Past, ofDay: SwingsOfDay, lately: Swings = NO_SWINGS): Past {
  const ordinary = ordinaryOf(addSwings(ofDay.before, ofDay.running), lately);
  return { ...worseOf(day, lately), ordinary };
}

/** The day, or the minutes just before, where stable surely was worse in them. */
export function worseOf(day: Past, lately: Swings): Past {
  const now = totalOf(lately);
  const surely = now.bad - 2 * Math.sqrt(now.bad);
  return surely > 0 && surely * day.n > day.bad * now.n ? now : day;
}
