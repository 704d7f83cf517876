import type { Clock } from '../core/ports.ts';

/** Runs `work` when it is time or when it is woken, never twice at once; woken meanwhile, it runs once more. */
export interface Ticker {
  wake(): void;
  /** At the latest then (Unix ms); the earliest wish since the last run holds. */
  by(at: number): void;
  /** Resolves when nothing runs; nothing will. */
  close(): Promise<void>;
}

/** Starts at once. `work` must not reject. */
export function ticker(clock: Clock, work: () => Promise<void>): Ticker {
  let timer: NodeJS.Timeout | undefined;
  let at = Number.POSITIVE_INFINITY;
  let woken = false;
  let closed = false;
  let running: Promise<void> | null = null;

  function run(): void {
    clearTimeout(timer);
    at = Number.POSITIVE_INFINITY;
    woken = false;
    running = work().finally(() => {
      running = null;
      if (woken && !closed) run();
    });
  }
  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(wake, Math.max(0, at - clock.now()));
  }
  function wake(): void {
    if (closed) return;
    if (running) woken = true;
    else run();
  }

  queueMicrotask(wake);
  return {
    wake,
    by(wanted) {
      if (closed || wanted >= at) return;
      at = wanted;
      schedule();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
