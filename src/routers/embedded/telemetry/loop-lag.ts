import { performance } from 'node:perf_hooks';

/** How late this process comes to what is due: what every connection waits besides its own work. */
export interface LoopLag {
  /** ms, the highest of the last ten seconds. */
  highest(): number;
  close(): void;
}

const EVERY = 50;
const SLOTS = 10;
const SLOT = 1_000;

/** `onSample` is called 20 times a second: how late it is, ms, and the part of the time since in which this process had a processor. */
export function measureLoopLag(onSample: (lag: number, busy: number, now: number) => void): LoopLag {
  const highest = new Float64Array(SLOTS);
  let slot = Math.floor(performance.now() / SLOT);
  let due = performance.now() + EVERY;
  let before = process.cpuUsage();
  let sampled = performance.now();
  const turnTo = (now: number) => {
    const current = Math.floor(now / SLOT);
    const passed = Math.min(SLOTS, current - slot);
    for (let back = 0; back < passed; back += 1) highest[(current - back) % SLOTS] = 0;
    slot = current;
  };
  const timer = setInterval(() => {
    const now = performance.now();
    const lag = Math.max(0, now - due);
    // Not the loop's own utilization: that counts waiting for a processor as work.
    const use = process.cpuUsage();
    const worked = (use.user + use.system - before.user - before.system) / 1000;
    turnTo(now);
    highest[slot % SLOTS] = Math.max(highest[slot % SLOTS]!, lag);
    onSample(lag, worked / (now - sampled), now);
    before = use;
    sampled = now;
    due = now + EVERY;
  }, EVERY);
  timer.unref();
  return {
    highest() {
      turnTo(performance.now());
      return Math.max(...highest);
    },
    close: () => clearInterval(timer),
  };
}
