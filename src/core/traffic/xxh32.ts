/**
 * xxHash, 32 bit, over bytes (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). The same function that
 * HAProxy offers as `xxh32(seed)`, so that a client lands in the same bucket whichever of the two routes it.
 */
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;
const STRIPE = 16;

/** Texts up to this length are hashed without memory of their own, if they are ASCII. */
const SHORT = 256;
const scratch = new Uint8Array(SHORT);

/** Hash of the UTF-8 bytes of `text`, as {@link xxh32}. */
export function xxh32OfText(text: string, seed: number): number {
  const { length } = text;
  if (length > SHORT) return xxh32(new TextEncoder().encode(text), seed);
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return xxh32(new TextEncoder().encode(text), seed);
    scratch[i] = code;
  }
  return xxh32(scratch, seed, length);
}

/** Hash of the first `length` of `bytes` as an unsigned 32-bit integer; `seed` is taken modulo 2^32. */
export function xxh32(bytes: Uint8Array, seed: number, length = bytes.length): number {
  let at = 0;
  let hash: number;
  if (length >= STRIPE) {
    let a = (seed + PRIME_1 + PRIME_2) | 0;
    let b = (seed + PRIME_2) | 0;
    let c = seed | 0;
    let d = (seed - PRIME_1) | 0;
    for (; at <= length - STRIPE; at += STRIPE) {
      a = round(a, word(bytes, at));
      b = round(b, word(bytes, at + 4));
      c = round(c, word(bytes, at + 8));
      d = round(d, word(bytes, at + 12));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  } else {
    hash = seed + PRIME_5;
  }
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(word(bytes, at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < length; at += 1) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, PRIME_5)) | 0, 11), PRIME_1);
  }
  return avalanche(hash);
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

const round = (lane: number, input: number): number =>
  Math.imul(rotate((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1);

/** Little endian. */
const word = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  mixed = Math.imul(mixed ^ (mixed >>> 13), PRIME_3);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
