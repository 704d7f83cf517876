import { TealError } from '../core/error.ts';
import type { Event } from '../core/events.ts';
import { evolve, fold } from '../core/evolve.ts';
import type { ServiceState } from '../core/model.ts';
import type { Journal } from '../core/ports.ts';

/**
 * One service's events and the state that they make. Normally that is the journal's; while the disk refuses, a move
 * towards stable goes on in memory, and its events follow when they can.
 */
export interface Chronicle {
  /** What is decided, written or not. */
  state(): ServiceState;
  /** Writes what waits, then `events`. Throws E_JOURNAL_WRITE; what waited then still does, and `events` are not taken. */
  append(events: readonly Event[]): void;
  /** Takes events that could not be written; the next {@link Chronicle.append} writes them first. */
  hold(events: readonly Event[]): void;
  /** How many events wait for the disk. */
  readonly waiting: number;
}

export function chronicle(journal: Journal, service: string): Chronicle {
  let held: readonly Event[] = [];
  let state = journal.load(service);

  return {
    state: () => state,
    append(events) {
      const before = journal.load(service);
      for (const { rollout, part } of byRollout(before, [...held, ...events])) {
        journal.append(service, journal.load(service).version, rollout, part);
        held = held.slice(part.length);
      }
      state = journal.load(service);
    },
    hold(events) {
      held = [...held, ...events];
      state = fold(state, events);
    },
    get waiting() {
      return held.length;
    },
  };
}

/** Whether an error says that the disk refuses. */
export const isFull = (error: unknown): error is TealError =>
  error instanceof TealError && (error.code === 'E_JOURNAL_WRITE' || error.code === 'E_JOURNAL_BUSY');

/** Consecutive events of the same rollout: the one that runs after the event, else the one that ran before it. */
function byRollout(
  before: ServiceState,
  events: readonly Event[],
): readonly { readonly rollout: string | null; readonly part: readonly Event[] }[] {
  const groups: { rollout: string | null; part: Event[] }[] = [];
  let state = before;
  for (const event of events) {
    const next = evolve(state, event);
    const rollout = next.rollout?.id ?? state.rollout?.id ?? null;
    const last = groups.at(-1);
    if (last && last.rollout === rollout) last.part.push(event);
    else groups.push({ rollout, part: [event] });
    state = next;
  }
  return groups;
}
