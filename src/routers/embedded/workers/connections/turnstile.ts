import type { Turnstiles } from '../../listen/turnstile.ts';

/** What a worker asks and tells the router about the households at its listeners. */
export interface TurnkeeperLine {
  /** May one more of these be open, of at most `limit` over all workers? */
  ask(key: string, limit: number): Promise<boolean>;
  /** One of those that are watched has closed. */
  left(key: string): void;
}

/** The turnstiles of one worker of several. */
export interface SharedTurnstiles {
  readonly of: Turnstiles;
  /** From now on each connection of these is asked about. Returns how many are open here. */
  watch(key: string): number;
  /** They have become few: up to a share each, nobody is asked. */
  unwatch(key: string): void;
}

/**
 * Each of so many workers admits its equal share of a limit by itself, which costs nothing and cannot be too many in all. Beyond
 * that the router is asked, who then knows of every connection of that household.
 */
export function createSharedTurnstiles(workers: () => number, line: TurnkeeperLine): SharedTurnstiles {
  const counts = new Map<string, number>();
  const watched = new Set<string>();

  const add = (key: string, change: number): void => {
    const count = (counts.get(key) ?? 0) + change;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  };

  return {
    of: (listener) => ({
      enter(household, limit, decided) {
        const key = keyOf(listener, household);
        if (!watched.has(key) && (counts.get(key) ?? 0) < Math.floor(limit / workers())) {
          add(key, 1);
          decided(true);
          return;
        }
        line.ask(key, limit).then(
          (admitted) => {
            if (admitted) add(key, 1);
            decided(admitted);
          },
          () => decided(false), // without a router there is no worker for much longer
        );
      },
      leave(household) {
        const key = keyOf(listener, household);
        add(key, -1);
        if (watched.has(key)) line.left(key);
      },
    }),
    watch(key) {
      watched.add(key);
      return counts.get(key) ?? 0;
    },
    unwatch: (key) => void watched.delete(key),
  };
}

const keyOf = (listener: string, household: string): string => `${listener}\n${household}`;
