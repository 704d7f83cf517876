interface Entry {
  readonly onRoom: () => void;
  called: boolean;
  left: boolean;
}

/**
 * Requests that wait, in the order of their coming, for an instance to have room. Whoever is called looks again by itself:
 * the room may be taken in between, then it waits anew.
 */
export class WaitingRoom {
  readonly #waiting = new Set<Entry>();

  /** Whoever is waiting may be called; where nobody waits this costs nothing. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * Calls `onRoom` once, never within a call of this class. Returns what gives the place up; null where `most` wait
   * already.
   */
  enter(most: number, onRoom: () => void): (() => void) | null {
    if (this.#waiting.size >= most) return null;
    const entry: Entry = { onRoom, called: false, left: false };
    this.#waiting.add(entry);
    return () => {
      if (entry.left) return;
      entry.left = true;
      // The room that it was called for is somebody else's.
      if (entry.called) this.next();
      else this.#waiting.delete(entry);
    };
  }

  /** There is room for one. */
  next(): void {
    const [entry] = this.#waiting;
    if (entry === undefined) return;
    this.#waiting.delete(entry);
    entry.called = true;
    process.nextTick(() => {
      if (entry.left) return;
      entry.left = true;
      entry.onRoom();
    });
  }

  /** There may be room for all. */
  all(): void {
    for (let count = this.#waiting.size; count > 0; count -= 1) this.next();
  }
}
