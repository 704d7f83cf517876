import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { xxh32 } from '../../src/core/xxh32.ts';

describe('xxh32', async () => {
  const reference = await xxhash();

  it('gives what the specification gives', () => {
    expect(xxh32(new Uint8Array(), 0)).toBe(0x02cc5d05);
    expect(xxh32(Buffer.from('Nobody inspects the spammish repetition'), 0)).toBe(0xe2293b2f);
  });

  it('agrees with the reference on any bytes and seed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (bytes, seed) => {
          expect(xxh32(bytes, seed)).toBe(reference.h32Raw(bytes, seed));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
