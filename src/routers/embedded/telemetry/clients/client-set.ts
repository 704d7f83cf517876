import { xxh32OfText } from '../../../../core/traffic/xxh32.ts';

/** Hashed identities are 24 bit wide: 2^24 places are enough to tell apart a million clients but for 3 %. */
const BITS = 24;
const PAGE_BITS = 12;
const PAGE_BYTES = 2 ** PAGE_BITS / 8;
const WITHIN_PAGE = 2 ** PAGE_BITS - 1;
/** Apart from every rollout's seed, so that a place says nothing of the bucket. */
const SEED = 0x7ea1;

/** The place of a client in a {@link ClientSet}: 0 to 2^24 - 1. */
export const placeOf = (identity: string): number => xxh32OfText(identity, SEED) >>> (32 - BITS);

/** A set's content, for another process: bitmaps by number of page. Survives a structured clone. */
export type ClientSetState = ReadonlyMap<number, Uint8Array>;

/** A set of clients as a bitmap whose pages exist once they are needed: 512 bytes to 2 MB. */
export interface ClientSet {
  /** Whether it was not in the set before. */
  add(place: number): boolean;
  remove(place: number): void;
  /** What {@link createClientSet} makes the same set of. */
  state(): ClientSetState;
}

export function createClientSet(from: ClientSetState = new Map()): ClientSet {
  const pages = new Map(from);
  return {
    add(place) {
      const number = place >>> PAGE_BITS;
      let page = pages.get(number);
      if (page === undefined) {
        page = new Uint8Array(PAGE_BYTES);
        pages.set(number, page);
      }
      const index = (place & WITHIN_PAGE) >>> 3;
      const bit = 1 << (place & 7);
      const before = page[index]!;
      page[index] = before | bit;
      return (before & bit) === 0;
    },
    remove(place) {
      const page = pages.get(place >>> PAGE_BITS);
      if (page !== undefined) page[(place & WITHIN_PAGE) >>> 3]! &= ~(1 << (place & 7));
    },
    state: () => pages,
  };
}
