import { randomFillSync } from 'node:crypto';

const BYTES = 16;
/** Random bytes for this many ids are drawn at once: the call costs more than the bytes. */
const IDS = 256;
const pool = Buffer.allocUnsafeSlow(BYTES * IDS);
let used = pool.length;

/** A new name of a request: 128 random bits, as 32 hexadecimal digits. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return pool.toString('hex', used - BYTES, used);
}
