/** Later than this, in ms, and somebody waits too long. */
const TARGET = 50;
/** Work that has its end soon is no overload: a collection of garbage, a burst. ms. */
const PATIENCE = 500;
/** Of the time that passes; below it the process waits for a processor, and refusing users would not help it. */
const BUSY = 0.8;
const MORE = 0.1;
/** At 20 samples a second half of it is gone in a second: what was refused a moment ago comes again. */
const LESS = 0.97;
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

  /** `lag`: how late the loop is, ms; `busy`: the part of the time since the last call in which it had work; `now`: ms. */
  sample(lag: number, busy: number, now: number): void {
    if (lag < TARGET || busy < BUSY) {
      this.#lateSince = null;
      this.share = this.share * LESS < LEAST ? 0 : this.share * LESS;
      return;
    }
    this.#lateSince ??= now;
    if (this.share > 0 || now - this.#lateSince >= PATIENCE) this.share = Math.min(MOST, this.share + MORE);
  }

  /** Whether this request is refused. */
  refuses(): boolean {
    return this.share > 0 && Math.random() < this.share;
  }
}
