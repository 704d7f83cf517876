/** A counter that can be waited for. */
export interface Waiters {
  revision(): number;
  /** Counts up and wakes everybody who waits. */
  wake(): void;
  /** Resolves as soon as the revision is above `since`, or after `within` ms. */
  after(since: number, within: number): Promise<void>;
}

export function createWaiters(): Waiters {
  let revision = 0;
  const waiting = new Set<() => void>();
  return {
    revision: () => revision,
    wake() {
      revision += 1;
      for (const resolve of [...waiting]) resolve();
    },
    after: (since, within) =>
      new Promise((resolve) => {
        if (revision > since) return resolve();
        const done = () => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, within).unref();
        waiting.add(done);
      }),
  };
}
