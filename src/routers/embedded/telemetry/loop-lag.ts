import { performance } from 'node:perf_hooks';
import { MessageChannel } from 'node:worker_threads';

/** How late this process comes to what is due: what every connection waits besides its own work. */
export interface LoopLag {
  /** ms, the highest of the last ten seconds. */
  highest(): number;
  close(): void;
}

const EVERY = 50;
/** After so long a wait, in ms, it is asked again at once: timers may be starved. */
const AGAIN = 10;
const SLOTS = 10;
const SLOT = 1_000;

/**
 * `onSample` is called 20 times a second, more often while it is late: how late it is, ms, and the part of the time since in which
 * this process had a processor.
 *
 * A message to itself wakes the loop as bytes of a client do, and stands in the same queue of the kernel, so what it waits
 * is what a request waits before anybody looks at it. Timers alone do not show that: with thousands of busy connections
 * libuv polls up to 48 times before it looks at them.
 */
export function measureLoopLag(onSample: (lag: number, busy: number, now: number) => void): LoopLag {
  const highest = new Float64Array(SLOTS);
  const { port1: ask, port2: answer } = new MessageChannel();
  let slot = Math.floor(performance.now() / SLOT);
  let due = performance.now() + EVERY;
  let before = process.cpuUsage();
  let sampled = performance.now();
  /** When the message that is under way was sent; null: none is. */
  let asked: number | null = null;
  /** How late the timer was that sent it. */
  let late = 0;
  const turnTo = (now: number) => {
    const current = Math.floor(now / SLOT);
    const passed = Math.min(SLOTS, current - slot);
    for (let back = 0; back < passed; back += 1) highest[(current - back) % SLOTS] = 0;
    slot = current;
  };
  const send = (now: number) => {
    asked = now;
    ask.postMessage(null);
  };
  const sample = () => {
    const now = performance.now();
    const waited = now - (asked ?? now);
    const lag = Math.max(late, waited);
    // Not the loop's own utilization: that counts waiting for a processor as work.
    const use = process.cpuUsage();
    const worked = (use.user + use.system - before.user - before.system) / 1000;
    turnTo(now);
    highest[slot % SLOTS] = Math.max(highest[slot % SLOTS]!, lag);
    onSample(lag, worked / (now - sampled), now);
    before = use;
    sampled = now;
    asked = null;
    late = 0;
    if (waited >= AGAIN) send(now);
  };
  const timer = setInterval(() => {
    const now = performance.now();
    late = Math.max(late, now - due);
    due = now + EVERY;
    if (asked === null) send(now);
  }, EVERY);
  answer.on('message', sample);
  timer.unref();
  ask.unref();
  answer.unref();
  return {
    highest() {
      turnTo(performance.now());
      return Math.max(...highest);
    },
    close() {
      clearInterval(timer);
      ask.close();
    },
  };
}
