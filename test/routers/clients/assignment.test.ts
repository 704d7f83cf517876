import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, bucketOf } from '../../../src/routers/embedded/clients/assignment.ts';

const rule = (weight: number, seed = 7) => ({
  live: 'blue' as const,
  candidate: 'green' as const,
  split: { blue: 10_000 - weight, green: weight },
  seed,
});

describe('assignment', () => {
  it('moves clients only towards the candidate while the weight grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(fc.integer({ min: 0, max: 10_000 })),
        (identity, seed, weights) => {
          let moved = false;
          for (const weight of [...weights].sort((a, b) => a - b)) {
            const green = assign(rule(weight, seed), identity) === 'green';
            expect(green || !moved).toBe(true);
            moved ||= green;
          }
        },
      ),
    );
  });

  it('gives nobody a candidate of weight 0 and everybody one of weight 10000', () => {
    for (let client = 0; client < 1_000; client += 1) {
      expect(assign(rule(0), `user-${client}`)).toBe('blue');
      expect(assign(rule(10_000), `user-${client}`)).toBe('green');
    }
  });

  it('shuffles with the seed', () => {
    const same = Array.from({ length: 1_000 }, (_, n) => `user-${n}`).filter(
      (identity) => bucketOf(identity, 1) < 5_000 === bucketOf(identity, 2) < 5_000,
    );
    expect(same.length).toBeGreaterThan(400);
    expect(same.length).toBeLessThan(600);
  });
});
