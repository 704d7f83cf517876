import { randomBytes } from 'node:crypto';

/** Drawn and written out at once: each costs more than the bytes. */
const BYTES = 8_192;
let digits = '';
let used = 0;

/** So many random hexadecimal digits, which nobody can guess; at most 16,384. */
export function randomHex(count: number): string {
  if (used + count > digits.length) {
    digits = randomBytes(BYTES).toString('hex');
    used = 0;
  }
  used += count;
  return digits.slice(used - count, used);
}
