/** As many nuisances at once a connection may cause... */
const BURST = 200;
/** ...and as many in a second on and on. Browsers that leave a page cancel some dozens of requests. */
const RATE = 20;

/**
 * How much a client may still ask for without wanting an answer: resets of its own requests, pings, changes of settings.
 * Each is free for the client and costs us (CVE-2023-44487 and its kin). A bucket that leaks; knows no clock.
 */
export class Patience {
  #level = 0;
  #at: number;

  /** `now`: ms of any clock that goes forward. */
  constructor(now: number) {
    this.#at = now;
  }

  /** Whether there is patience left after this one. */
  bear(now: number, cost = 1): boolean {
    this.#level = Math.max(0, this.#level - ((now - this.#at) * RATE) / 1000) + cost;
    this.#at = now;
    return this.#level <= BURST;
  }
}
