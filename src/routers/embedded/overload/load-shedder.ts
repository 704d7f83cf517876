import { StandingQueue, TARGET } from './standing-queue.ts';
import { Toil } from './toil.ts';

/** How much of the difference between a wait and the target each wait makes up for. */
const BY_LENGTH = 0.4;
/** How much of what a wait has grown. */
const BY_GROWTH = 1;
/** Shorter waits are all as good. ms. */
const SHORT = TARGET / 2;
/** A wait that is e times as long as another is as bad as it gets: it may be a hiccup. */
const MOST = 1;
/** Somebody is always served: so much that, where refusals cost half as much as requests, they never take more than four fifths of the time. */
const LEAST_SERVED = 0.1;
/** For so long after a queue stood, ms, the next long wait is the same crowd's: it was only kept away. */
const WARY = 5_000;

/**
 * Which share of requests the router refuses when it cannot serve them all: each of the others is then served soon,
 * instead of everybody late. Decides; does no I/O.
 *
 * Nobody is refused until a queue stands; then so many that those who are served wait for about the target. A loop that works off all that
 * waits needs one wait for it, and what comes meanwhile is the next wait: so the ratio of two waits is the load, and it is in proportion to the
 * share that is served, but for what refusing costs. Hence a proportional-integral controller as in PIE (RFC 8033, 4.2), of the logarithm of the
 * share served by the logarithm of the wait, with one step for each wait. In these terms the gain of what is controlled is 1 - (what comes, over what can
 * be served) * (cost of a refusal, over a request's): never more than 1, however many come, and 0 where refusing everybody takes all the time there is. Its
 * poles, those of z^2 - (2 - 1.4 gain) z + 1 - gain, are inside the unit circle in between.
 */
export class LoadShedder {
  #served = 1;
  readonly #queue = new StandingQueue();
  readonly #toil = new Toil();
  readonly #random: () => number;
  #wait = SHORT;
  #stoodAt = Number.NEGATIVE_INFINITY;

  /** `random`: from 0 to below 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Which is refused, 0 to 0.9. */
  get share(): number {
    return 1 - this.#served;
  }

  /**
   * `lag`: what one waited that has just been served, ms; `idle`: whether there was a moment since the last call at which nobody
   * waited; `now`: ms. To be called once for each wait while they are long.
   */
  sample(lag: number, idle: boolean, now: number): void {
    const before = this.#wait;
    const blameless = this.#toil.isOfHandshakes(now) || idle;
    const wait = blameless ? SHORT : Math.max(SHORT, lag);
    this.#wait = wait;
    const stands = this.#queue.stands(lag, blameless, now);
    const again = wait >= TARGET && now - this.#stoodAt < WARY;
    const refusing = this.#served < 1;
    if (stands || (again && refusing)) this.#stoodAt = now;
    if (!stands && !again && !refusing) return;
    const change = BY_LENGTH * bounded(wait / TARGET) + BY_GROWTH * bounded(wait / before);
    this.#served = Math.min(1, Math.max(LEAST_SERVED, this.#served * Math.exp(-change)));
  }

  /** One waits for `lag` ms already, and who knows how much longer: what a step up looks like before the first wait is over. */
  waits(lag: number, now: number): void {
    if (lag >= TARGET && lag > this.#wait) this.sample(lag, false, now);
  }

  /** A handshake of TLS has begun, or is over. */
  greets(): void {
    this.#toil.handshake();
  }

  /** Whether this request, which has just come, is refused. */
  refuses(): boolean {
    this.#queue.came();
    this.#toil.request();
    return this.#served < 1 && this.#random() >= this.#served;
  }
}

/** The logarithm. */
const bounded = (ratio: number): number => Math.max(-MOST, Math.min(MOST, Math.log(ratio)));
