import { expect, it } from 'vitest';
import { randomHex } from '../../src/routers/embedded/visit/random-hex.ts';

it('gives as many digits as were asked for, and never the same again', () => {
  const ids = Array.from({ length: 2_000 }, (_, i) => randomHex(i % 2 === 0 ? 32 : 16));
  for (const [i, id] of ids.entries()) expect(id).toMatch(i % 2 === 0 ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
  expect(new Set(ids).size).toBe(ids.length);
});
