/** Share of the requests of late that may be sent again. */
const SHARE = 0.2;
/** As many may be in any case: a service with few requests must live through the loss of an instance, too. */
const LEAST = 100;
/** What counts as late: slots of a second. */
const SLOTS = 10;
const SLOT = 1_000;

/**
 * Bounds how many requests are sent again: instances that fail under load must not get more of it. At most a fifth of the
 * requests of the last ten seconds, or 100.
 */
export class RetryBudget {
  #slot = 0;
  #slotBegan = 0;
  readonly #requests = new Array<number>(SLOTS).fill(0);
  readonly #retries = new Array<number>(SLOTS).fill(0);

  /** A request has come. */
  count(): void {
    this.#requests[this.#slot]! += 1;
  }

  /** Whether one may be sent again; then it is. */
  spend(): boolean {
    if (sum(this.#retries) >= Math.max(LEAST, SHARE * sum(this.#requests))) return false;
    this.#retries[this.#slot]! += 1;
    return true;
  }

  /** Lets what is old be forgotten. Called several times a second; `now` in ms. */
  advance(now: number): void {
    if (now - this.#slotBegan < SLOT) return;
    // After a clock that leapt, or a long silence, everything is old.
    const passed = Math.min(SLOTS, Math.floor((now - this.#slotBegan) / SLOT));
    for (let i = 0; i < passed; i += 1) {
      this.#slot = (this.#slot + 1) % SLOTS;
      this.#requests[this.#slot] = 0;
      this.#retries[this.#slot] = 0;
    }
    this.#slotBegan = now;
  }
}

const sum = (slots: readonly number[]): number => slots.reduce((total, slot) => total + slot, 0);
