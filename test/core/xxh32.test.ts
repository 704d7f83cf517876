import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { xxh32, xxh32OfText } from '../../src/core/traffic/xxh32.ts';

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

  it('hashes a text as its UTF-8 bytes, whatever its length and alphabet', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 600 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 0xffffffff }), (text, seed) => {
        expect(xxh32OfText(text, seed)).toBe(xxh32(Buffer.from(text, 'utf8'), seed));
      }),
      { numRuns: 2_000 },
    );
  });
});
