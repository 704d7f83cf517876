import { randomFillSync } from 'node:crypto';

/** Drawn and written out at once: each costs more than the bytes. Whoever keeps some of the digits keeps all of them. */
const drawn = Buffer.alloc(4_096);
let digits: Buffer = Buffer.alloc(0);
let used = 0;

/** Random hexadecimal digits, which nobody can guess, as they go out: few are ever read as a text. */
export class RandomHex {
  readonly bytes: Buffer;
  /** Where they are in `bytes`. */
  readonly start: number;

  /** `count`: at most 8,192. */
  constructor(count: number) {
    if (used + count > digits.length) {
      // `Buffer.from` would take it from node's pool, of which each piece keeps up to 64 KB: so much for a WebSocket.
      digits = Buffer.allocUnsafeSlow(2 * drawn.length);
      digits.write(randomFillSync(drawn).toString('hex'), 'latin1');
      used = 0;
    }
    this.bytes = digits;
    this.start = used;
    used += count;
  }

  /** Some of them. */
  text(from: number, to: number): string {
    return this.bytes.toString('latin1', this.start + from, this.start + to);
  }
}
