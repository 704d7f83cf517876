/** Counts the open connections of each household (an address, or a network of IPv6) at one listener. */
export interface Turnstile {
  /**
   * Says whether one more may be open beside at most `limit` in all, at once where it can be decided here; one that is admitted counts
   * from then on, until `leave`.
   */
  enter(household: string, limit: number, decided: (admitted: boolean) => void): void;
  leave(household: string): void;
}

/** The turnstile of a listener, by its key. */
export type Turnstiles = (listener: string) => Turnstile;

/** Where this process alone serves. */
export const ownTurnstiles = (): Turnstiles => {
  const made = new Map<string, Turnstile>();
  return (listener) => {
    const known = made.get(listener);
    if (known !== undefined) return known;
    const turnstile = createTurnstile();
    made.set(listener, turnstile);
    return turnstile;
  };
};

function createTurnstile(): Turnstile {
  const counts = new Map<string, number>();
  return {
    enter(household, limit, decided) {
      const count = counts.get(household) ?? 0;
      if (count < limit) counts.set(household, count + 1);
      decided(count < limit);
    },
    leave(household) {
      const left = counts.get(household)! - 1;
      if (left === 0) counts.delete(household);
      else counts.set(household, left);
    },
  };
}
