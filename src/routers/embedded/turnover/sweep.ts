import type { Enlisted, Roster } from './roster.ts';

/** Who has a time limit. */
export interface Expiring extends Enlisted {
  /** When `expire` is due, in the time of `performance.now()`. */
  readonly deadline: number;
  expire(): void;
}

/** Deadlines are looked at this often, in ms, or ten times within the shortest limit. */
const SWEEP = 500;

/**
 * Looks after the deadlines of all on the roster until the returned function is called: one timer, where one for each would be set and cleared with each
 * request. `shortest`: the shortest time that one has, ms; `also`: done with each look, at `now` (in the time of `performance.now()`).
 */
export function sweep<T extends Expiring>(
  roster: Roster<T>,
  shortest: number,
  also: (now: number) => void,
): () => void {
  const look = () => {
    const now = performance.now();
    for (const member of roster.all()) if (member.deadline <= now) member.expire();
    also(now);
  };
  const timer = setInterval(look, Math.min(SWEEP, shortest / 10));
  timer.unref();
  return () => clearInterval(timer);
}
