import { performance } from 'node:perf_hooks';
import { MessageChannel } from 'node:worker_threads';

/** How late this process comes to what is due: what every connection waits besides its own work. */
export interface LoopLag {
  /** ms, the highest of the last ten seconds. */
  highest(): number;
  /** What the message that is under way has waited by `now`, a time of `performance.now()`: ms; 0: none is. */
  pending(now: number): number;
  /** Somebody is here to whom it matters: it is measured often for now. */
  want(): void;
  close(): void;
}

/** ms between two messages while it is wanted. */
const EVERY = 50;
/** And while it is not: a laptop's processor is to sleep. */
const SELDOM = 1_000;
/** After so long a wait, in ms, it is asked again at once: timers may be starved. Shorter ones are no news, and asking costs some microseconds. */
const AGAIN = 5;
const SLOTS = 10;
const SLOT = 1_000;

/**
 * `onSample` is called 20 times a second while it is wanted, else once a second, and more often while it is late: how late it is, ms, whether there was a
 * moment since the last call at which this process had nothing to do, and the time of `performance.now()`.
 *
 * A message to itself wakes the loop as bytes of a client do, and stands in the same queue of the kernel, so what it waits
 * is what a request waits before anybody looks at it. Timers alone do not show that: with thousands of busy connections
 * libuv polls up to 48 times before it looks at them. Nor do they tell work from a processor that others have: a loop that has
 * found its queue empty is late, too, when it gets its processor back late.
 */
export function measureLoopLag(onSample: (lag: number, idle: boolean, now: number) => void): LoopLag {
  const highest = new Float64Array(SLOTS);
  const { port1: near, port2: far } = new MessageChannel();
  let slot = Math.floor(performance.now() / SLOT);
  let due = 0;
  let timer: NodeJS.Timeout | undefined;
  let wanted = true;
  let seldom = false;
  let idleTime = performance.nodeTiming.idleTime;
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
  const sample = () => {
    const now = performance.now();
    const waited = now - (asked ?? now);
    const lag = Math.max(late, waited);
    // libuv first asks without waiting whether there is anything; only after a no it waits, and counts that.
    const idleBefore = idleTime;
    idleTime = performance.nodeTiming.idleTime;
    turnTo(now);
    highest[slot % SLOTS] = Math.max(highest[slot % SLOTS]!, lag);
    onSample(lag, idleTime > idleBefore, now);
    asked = null;
    late = 0;
    if (waited < AGAIN) return;
    asked = now;
    near.postMessage(null);
  };
  const ask = () => {
    const now = performance.now();
    const over = now - due;
    const next = wanted ? EVERY : SELDOM;
    wanted = false;
    askIn(next, now);
    // The message that is under way tells better.
    if (asked !== null) return;
    late = over;
    asked = now;
    far.postMessage(null);
  };
  const askIn = (ms: number, now: number) => {
    seldom = ms === SELDOM;
    due = now + ms;
    timer = setTimeout(ask, ms);
    timer.unref();
  };
  askIn(EVERY, performance.now());
  near.on('message', sample);
  // By way of the other port, since a port is read until it is empty. libuv wakes ports in a fixed order, those that come behind in the same turn:
  // so of the way there and the way back one takes no turn, and the other one.
  far.on('message', () => far.postMessage(null));
  near.unref();
  far.unref();
  return {
    highest() {
      turnTo(performance.now());
      return Math.max(...highest);
    },
    pending: (now) => now - (asked ?? now),
    want() {
      wanted = true;
      if (!seldom) return;
      // At once: it may be the first of a crowd that keeps timers waiting.
      clearTimeout(timer);
      due = performance.now();
      ask();
    },
    close() {
      clearTimeout(timer);
      near.close();
    },
  };
}
