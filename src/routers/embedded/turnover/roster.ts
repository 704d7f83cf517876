/** What can be on a {@link Roster}. */
export interface Enlisted {
  /** Where it stands; the roster's own business. */
  place: number;
}

/**
 * Those who are there now, where thousands come and go a second. A Set would do, but for V8's small collections of garbage: a Set (or Map) goes on
 * in a new table from time to time, and the old one, which keeps all that was in it then, leads to the new one. Once one of these tables is old
 * enough for only a whole collection to look at it, all that come later are kept until then as well, though they have gone: for HTTP/2 that was a sixth of the
 * router's time.
 */
export class Roster<T extends Enlisted> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** It must not be on this roster or another one. */
  add(member: T): void {
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Whoever is not on it, or no longer, is none of its business. */
  delete(member: T): void {
    const { place } = member;
    if (this.#members[place] !== member) return;
    const last = this.#members.pop()!;
    if (last === member) return;
    last.place = place;
    this.#members[place] = last;
  }

  /** Those who are there now, in no order; also those who go before they are looked at. */
  all(): readonly T[] {
    return [...this.#members];
  }
}
