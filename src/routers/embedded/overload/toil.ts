/** Half of a handshake of TLS takes the processor for as long as so many requests, at least. */
const HALF = 5;
/** What happened so long ago, ms, counts e times less. */
const MEMORY = 1_000;

/**
 * What of late has kept the process busy: handshakes of TLS or requests. Where thousands of clients come back at once, after a start or a failure of
 * the network, it is the former, and refusing requests helps nobody, least of all those who have just waited for their handshake. Decides; does no I/O.
 */
export class Toil {
  #requests = 0;
  #handshakes = 0;
  #at = 0;

  /** A request has come. */
  request(): void {
    this.#requests += 1;
  }

  /** A handshake has begun, or is over: thousands may begin before the first one is over. */
  handshake(): void {
    this.#handshakes += HALF;
  }

  /** `now`: ms. */
  isOfHandshakes(now: number): boolean {
    const left = Math.exp((this.#at - now) / MEMORY);
    this.#at = now;
    const is = this.#handshakes > this.#requests;
    this.#requests *= left;
    this.#handshakes *= left;
    return is;
  }
}
