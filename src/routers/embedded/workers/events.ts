import type { WorkerNews } from './protocol.ts';

/** What workers tell of themselves. */
export interface WorkerEvents {
  noted(worker: string, news: WorkerNews): void;
  /** It has ended and will report nothing more. */
  gone(worker: string): void;
  /** A worker could not reach an endpoint. */
  lost(service: string, key: string): void;
}

/** Passes on what workers tell, to one listener after another, in order and without a gap. */
export interface Relay extends WorkerEvents {
  /** Keeps what comes from now on. */
  hold(): void;
  /** Passes on to this one, first what was kept. */
  lead(to: WorkerEvents): void;
}

export function createRelay(first: WorkerEvents): Relay {
  let to = first;
  let kept: ((to: WorkerEvents) => void)[] | null = null;
  const pass = (event: (to: WorkerEvents) => void): void => {
    if (kept === null) event(to);
    else kept.push(event);
  };
  return {
    noted: (worker, news) => pass((one) => one.noted(worker, news)),
    gone: (worker) => pass((one) => one.gone(worker)),
    lost: (service, key) => pass((one) => one.lost(service, key)),
    hold() {
      kept ??= [];
    },
    lead(next) {
      const events = kept ?? [];
      kept = null;
      to = next;
      for (const event of events) event(next);
    },
  };
}
