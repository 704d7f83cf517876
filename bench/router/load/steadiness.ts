/** The moment from which a load counts: when all its connections are open and have been answered. */
export class Steadiness {
  readonly reached: Promise<void>;
  #missing: number;
  readonly #reach: () => void;

  /** `result` starts anew then; `steady` is called. What was wrong before stays so. */
  constructor(connections: number, result: { right: number }, steady: () => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.reached = promise;
    this.#missing = connections;
    this.#reach = () => {
      result.right = 0;
      steady();
      resolve();
    };
  }

  /** One connection is ready. */
  count(): void {
    this.#missing -= 1;
    if (this.#missing === 0) this.#reach();
  }
}
