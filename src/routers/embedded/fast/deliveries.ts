import type { ClientSide } from './client/client-side.ts';
import { Delivery } from './delivery.ts';
import type { Shared } from './fast-path.ts';

/** More wait for a request only after a crowd, and are given up. */
const MOST_SPARE = 256;

/**
 * Deliveries for as many requests as are in work: of ten thousand connections most are idle, and the one that was used last
 * is still in the processor's cache.
 */
export class Deliveries {
  readonly #spare: Delivery[] = [];

  /** One that has no request. */
  take(client: ClientSide, shared: Shared): Delivery {
    return this.#spare.pop() ?? new Delivery(client, shared);
  }

  /** Its request is over. */
  giveBack(delivery: Delivery): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(delivery);
  }
}
