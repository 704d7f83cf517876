/** Wakes a loop that waits: rings before the wait are not lost, several count as one. */
export interface Bell {
  ring(): void;
  /** Resolves when it was rung since the last time, after `ms`, or when the signal aborts. */
  rung(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let pending = false;
  let wake: () => void = () => undefined;
  return {
    ring() {
      pending = true;
      wake();
    },
    async rung(ms, signal) {
      if (!pending && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          const done = () => {
            clearTimeout(timer);
            resolve();
          };
          wake = done;
          signal.addEventListener('abort', done, { once: true });
        });
      }
      pending = false;
      wake = () => undefined;
    },
  };
}
