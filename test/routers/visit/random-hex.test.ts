import { expect, it } from 'vitest';
import { RandomHex } from '../../../src/routers/embedded/visit/random-hex.ts';

it('gives as many digits as were asked for, and never the same again', () => {
  const ids = Array.from({ length: 2_000 }, (_, i) => {
    const count = i % 2 === 0 ? 32 : 16;
    return { count, digits: new RandomHex(count) };
  });
  const texts = ids.map(({ count, digits }) => digits.text(0, count));
  for (const [i, text] of texts.entries()) {
    expect(text).toMatch(i % 2 === 0 ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
  }
  expect(new Set(texts).size).toBe(texts.length);
});

it('has whoever keeps digits keep no other memory than that of the same draw', () => {
  const kept = Array.from({ length: 1_000 }, () => new RandomHex(32).bytes);
  for (const bytes of kept) expect(bytes.buffer.byteLength).toBe(bytes.length);
  expect(Math.max(...kept.map((bytes) => bytes.length))).toBeLessThanOrEqual(8_192);
});
