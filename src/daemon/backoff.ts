import type { Clock } from '../core/ports.ts';

/** When something that failed may be tried again: pauses double from `first` to `most` ms and start anew after a success. */
export interface Backoff {
  /** Whether it is time. */
  due(): boolean;
  /** When it will be, Unix ms; null: now. */
  readonly next: number | null;
  failed(): void;
  succeeded(): void;
}

export function backoff(clock: Clock, first = 100, most = 5_000): Backoff {
  let pause = first;
  let next: number | null = null;
  return {
    due: () => next === null || clock.now() >= next,
    get next() {
      return next;
    },
    failed() {
      next = clock.now() + pause;
      pause = Math.min(most, pause * 2);
    },
    succeeded() {
      next = null;
      pause = first;
    },
  };
}
