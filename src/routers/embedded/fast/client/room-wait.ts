import { CROWDED } from '../../overload/busy.ts';
import type { Visit } from '../../visit/visit.ts';
import type { RequestHead } from '../../wire/request-head.ts';
import { ownAnswer } from './own-answer.ts';

/** A request that waits for room at its instances, which are as busy as they may be. */
export class RoomWait {
  readonly visit: Visit;
  /** The request's head is what they begin with. */
  readonly #bytes: Buffer;
  /** null: as many wait as may, and this one does not. */
  readonly #leave: (() => void) | null;

  /** `onRoom`: called once, when it is worth another look. */
  constructor(visit: Visit, bytes: Buffer, onRoom: () => void) {
    this.visit = visit;
    this.#bytes = bytes;
    this.#leave = visit.service.awaitRoom(visit.crowded!, onRoom);
  }

  get isIn(): boolean {
    return this.#leave !== null;
  }

  /** Nobody waits any more. */
  leave(): void {
    this.#leave?.();
  }

  /** It has waited in vain: leaves, and is counted as refused. Parses the request's head anew; returns where its body begins. */
  giveUp(head: RequestHead): number {
    this.leave();
    // The visit looks at it, too.
    const bodyStart = head.parse(this.#bytes, 0, this.#bytes.length);
    this.visit.refusedByCrowd();
    return bodyStart;
  }

  /** What the client is told then; the head is the request's. */
  answer(head: RequestHead, closes: boolean): string {
    return ownAnswer(head, this.#bytes, this.visit, CROWDED, closes);
  }
}
