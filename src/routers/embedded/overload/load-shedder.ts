/** Later than this, in ms, and somebody waits too long. */
const TARGET = 50;
/** Work that has its end soon is no overload: a collection of garbage, a burst, some hundred ms without a processor. ms. */
const PATIENCE = 500;
/**
 * Of a processor's time. A process that gets less, and is late, has little to do and waits for a processor that others have:
 * refusing users would not help it. One that is overloaded gets more, even among a dozen others.
 */
const BUSY = 0.2;
/** Of all requests, in each ms. */
const MORE = 0.002;
/** Half of it is gone in a second: what was refused a moment ago comes again. */
const HALF = 1_000;
/** A sample speaks for so long, ms. */
const SPAN = 100;
/** Somebody is always served. */
const MOST = 0.95;
/** Shares below are none. */
const LEAST = 0.02;

/**
 * Which share of requests the router refuses when it cannot serve them all: each of the others is then served soon,
 * instead of everybody late. It grows by steps while the loop stays late, and shrinks by a part of itself
 * when it does not, as CoDel (RFC 8289) tells a standing queue from a burst and TCP finds its share. Decides; does no I/O.
 */
export class LoadShedder {
  /** 0 to 0.95. */
  share = 0;
  #lateSince: number | null = null;
  #sampledAt: number | null = null;

  /** `lag`: how late the loop is, ms; `busy`: the part of the time since the last call in which the process worked; `now`: ms. */
  sample(lag: number, busy: number, now: number): void {
    const passed = Math.min(SPAN, now - (this.#sampledAt ?? now));
    this.#sampledAt = now;
    if (lag < TARGET || busy < BUSY) {
      this.#lateSince = null;
      const left = this.share * 0.5 ** (passed / HALF);
      this.share = left < LEAST ? 0 : left;
      return;
    }
    // It has been late for at least as long as this one waited.
    this.#lateSince ??= now - Math.min(lag, SPAN);
    if (this.share > 0 || now - this.#lateSince >= PATIENCE) {
      this.share = Math.min(MOST, this.share + passed * MORE);
    }
  }

  /** Whether this request is refused. */
  refuses(): boolean {
    return this.share > 0 && Math.random() < this.share;
  }
}
