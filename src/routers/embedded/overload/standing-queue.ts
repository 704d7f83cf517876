/**
 * What waits for longer than this, in ms, waits too long: a request waits twice, before it is read and before its answer is. Not less, since
 * a refusal takes almost half of the processor that a request does: with the same clients, refusing half of what they ask shortens the wait by a quarter.
 */
export const TARGET = 200;
/** A queue that is there for so long does not go away by itself, ms: RFC 8289 has 100 for networks, and processes lose their core for longer. */
const INTERVAL = 500;
/** A queue that is shorter than this part of what it was goes away by itself. */
const SHRUNK = 0.7;
/** Where fewer requests have come meanwhile, it is not they that keep the process busy, and refusing them would help nobody. */
const MANY = 32;

/**
 * Tells a queue that stands from one that a burst, a hiccup or a busy machine has left and that goes away by itself, by the least
 * that anybody had to wait for a whole interval, as CoDel does (RFC 8289, 3.1 to 3.3; for requests Maurer, "Fail at scale", 2015). Decides; does no I/O.
 */
export class StandingQueue {
  /** null: nobody waits too long. */
  #lateSince: number | null = null;
  /** The least wait since then. */
  #least = 0;
  /** Requests that have come since then. */
  #came = 0;

  /** A request has come. */
  came(): void {
    this.#came += 1;
  }

  /**
   * `lag`: what one has waited, ms; `blameless`: whether that is not for what came. So it is where since the last call there was a moment at which
   * nobody waited: whatever takes long does so for want of a processor. `now`: ms.
   */
  stands(lag: number, blameless: boolean, now: number): boolean {
    if (blameless || lag < TARGET) {
      this.#lateSince = null;
      return false;
    }
    if (this.#lateSince === null || lag < this.#least * SHRUNK) {
      this.#lateSince = now;
      this.#least = lag;
      this.#came = 0;
      return false;
    }
    this.#least = Math.min(this.#least, lag);
    return now - this.#lateSince >= INTERVAL && this.#came >= MANY;
  }
}
