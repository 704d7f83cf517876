import type { ReadMemory } from './reads/read-memory.ts';
import type { AnswerTaker } from './upstream.ts';

/** Whoever takes an answer and can be ended by a fault. */
export interface FaultyTaker extends AnswerTaker {
  /** A fault of the router itself: ends this one and no other. */
  fault(error: unknown): void;
}

/** Stands before a taker, so that a defect in serving one connection ends that connection, never the router. */
export class GuardedTaker implements AnswerTaker {
  readonly #taker: FaultyTaker;

  constructor(taker: FaultyTaker) {
    this.#taker = taker;
  }

  connected(): void {
    try {
      this.#taker.connected();
    } catch (error) {
      this.#taker.fault(error);
    }
  }

  received(read: ReadMemory, length: number): boolean {
    try {
      return this.#taker.received(read, length);
    } catch (error) {
      this.#taker.fault(error);
      return false;
    }
  }

  ended(): void {
    try {
      this.#taker.ended();
    } catch (error) {
      this.#taker.fault(error);
    }
  }

  closed(error: NodeJS.ErrnoException | null): void {
    try {
      this.#taker.closed(error);
    } catch (fault) {
      this.#taker.fault(fault);
    }
  }

  drained(): void {
    try {
      this.#taker.drained();
    } catch (error) {
      this.#taker.fault(error);
    }
  }
}
