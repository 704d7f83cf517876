import type { Turnkeeper } from './connections/turnkeeper.ts';
import type { WorkerNews } from './protocol.ts';

/** What workers tell, and ask. */
export interface WorkerEvents {
  noted(worker: string, news: WorkerNews): void;
  /** It has ended and will report nothing more. */
  gone(worker: string): void;
  /** A worker could not reach an endpoint. */
  lost(service: string, key: string): void;
  /** As {@link Turnkeeper}'s `ask`, `stands` and `left`. */
  admit(worker: string, key: string, limit: number): Promise<boolean>;
  stands(worker: string, key: string, count: number): void;
  left(worker: string, key: string): void;
}

/** Passes on what workers tell, to one listener after another, in order and without a gap. */
export interface Relay extends WorkerEvents {
  /** Keeps what comes from now on. */
  hold(): void;
  /** Passes on to this one, first what was kept. */
  lead(to: WorkerEvents): void;
}

/** Without a listener it keeps what comes. */
export function createRelay(first: WorkerEvents | null = null): Relay {
  let to = first;
  let kept: ((to: WorkerEvents) => void)[] = [];
  const pass = (event: (to: WorkerEvents) => void): void => {
    if (to === null) kept.push(event);
    else event(to);
  };
  return {
    noted: (worker, news) => pass((one) => one.noted(worker, news)),
    gone: (worker) => pass((one) => one.gone(worker)),
    lost: (service, key) => pass((one) => one.lost(service, key)),
    admit: (worker, key, limit) =>
      new Promise((resolve, reject) => pass((one) => one.admit(worker, key, limit).then(resolve, reject))),
    stands: (worker, key, count) => pass((one) => one.stands(worker, key, count)),
    left: (worker, key) => pass((one) => one.left(worker, key)),
    hold() {
      to = null;
    },
    lead(next) {
      const events = kept;
      kept = [];
      to = next;
      for (const event of events) event(next);
    },
  };
}
