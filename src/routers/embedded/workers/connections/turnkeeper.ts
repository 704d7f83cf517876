import type { Obedient } from '../company.ts';

/** Knows the households that have more connections open than one worker may admit by itself, over all workers. */
export interface Turnkeeper {
  /** May this worker admit one more of at most `limit`? It counts from now on. */
  ask(worker: string, key: string, limit: number): Promise<boolean>;
  /** How many a worker had open when it was told to ask. */
  stands(worker: string, key: string, count: number): void;
  left(worker: string, key: string): void;
  /** The worker has ended, and with it its connections. */
  gone(worker: string): void;
  /** What new workers have to ask about, too. */
  watched(): readonly string[];
}

interface Household {
  readonly counts: Map<string, number>;
  /** Resolves when every worker asks before it admits anybody, and has said how many it had. */
  readonly known: Promise<unknown>;
  limit: number;
  /** Questions that wait for that. */
  waiting: number;
}

/** `workers`: by how many each limit is shared before anybody is asked. */
export function createTurnkeeper(company: Obedient, workers: number): Turnkeeper {
  const households = new Map<string, Household>();

  const add = ({ counts }: Household, worker: string, change: number): void => {
    const count = (counts.get(worker) ?? 0) + change;
    if (count <= 0) counts.delete(worker);
    else counts.set(worker, count);
  };

  /** Once all have half of what they may admit by themselves, or less: not at the edge, where one more would undo it. */
  const review = (key: string, { counts, limit, waiting }: Household): void => {
    if (waiting > 0) return;
    const few = Math.floor(limit / workers / 2);
    if ([...counts.values()].some((count) => count > few)) return;
    households.delete(key);
    company.tell('unwatch', { key });
  };

  const watch = (key: string, limit: number): Household => {
    const known = company.ask('watch', { key });
    const household = { counts: new Map<string, number>(), limit, known, waiting: 0 };
    households.set(key, household);
    return household;
  };

  return {
    async ask(worker, key, limit) {
      const household = households.get(key) ?? watch(key, limit);
      household.limit = limit;
      household.waiting += 1;
      await household.known;
      household.waiting -= 1;
      const open = [...household.counts.values()].reduce((sum, count) => sum + count, 0);
      if (open >= limit) return false;
      add(household, worker, 1);
      return true;
    },
    stands(worker, key, count) {
      const household = households.get(key);
      if (household !== undefined) add(household, worker, count);
    },
    left(worker, key) {
      const household = households.get(key);
      if (household === undefined) return;
      add(household, worker, -1);
      review(key, household);
    },
    gone(worker) {
      for (const [key, household] of households) {
        if (household.counts.delete(worker)) review(key, household);
      }
    },
    watched: () => [...households.keys()],
  };
}
