/** How late this process comes to what is due: what every connection waits besides its own work. */
export interface LoopLag {
  /** ms, the highest of the last ten seconds. */
  highest(): number;
  close(): void;
}

const EVERY = 100;
const SLOTS = 10;
const SLOT = 1_000;

export function measureLoopLag(): LoopLag {
  const highest = new Float64Array(SLOTS);
  let slot = Math.floor(performance.now() / SLOT);
  let due = performance.now() + EVERY;
  const turnTo = (now: number) => {
    const current = Math.floor(now / SLOT);
    for (let gone = 0; slot < current && gone < SLOTS; gone += 1) highest[(current - gone) % SLOTS] = 0;
    slot = current;
  };
  const timer = setInterval(() => {
    const now = performance.now();
    turnTo(now);
    const index = slot % SLOTS;
    highest[index] = Math.max(highest[index]!, now - due);
    due = now + EVERY;
  }, EVERY);
  timer.unref();
  return {
    highest() {
      turnTo(performance.now());
      return Math.max(0, ...highest);
    },
    close: () => clearInterval(timer),
  };
}
