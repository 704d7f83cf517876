import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factorsOfBad, factorsOfBoth } from '../../src/judge/rates/block-factors.ts';
import { harmGrid } from '../../src/judge/rates/ratio-grid.ts';
import { distribution } from './random.ts';

const share = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
const clients = fc.record({ n1: fc.integer({ min: 1, max: 12 }), n0: fc.integer({ min: 1, max: 12 }) });

/** Exact expectation of each alternative's factor. */
function expectations(
  factors: ReturnType<typeof factorsOfBad>,
  n1: number,
  n0: number,
  p1: number,
  p0: number,
) {
  return factors.exposure.map((exposure, j) => {
    let sum = 0;
    distribution(n1, p1).forEach((q1, e1) => {
      distribution(n0, p0).forEach((q0, e0) => {
        sum += q1 * q0 * Math.exp(exposure + e1 * factors.candidate[j]! + e0 * factors.stable[j]!);
      });
    });
    return sum;
  });
}

describe('what a block is worth, from bad and good clients', () => {
  test('cannot be expected to be more than 1 under the null hypothesis, at any guess of the base rate', () => {
    const rho = fc.double({ min: 0.5, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        clients,
        rho,
        share(1),
        share(0.95),
        share(1),
        ({ n1, n0 }, tolerate, guess, p0, inside) => {
          const factors = factorsOfBoth(harmGrid(tolerate), { n1, n0 }, guess);
          for (const p1 of [tolerate * p0, inside * tolerate * p0]) {
            const worst = Math.max(...expectations(factors, n1, n0, Math.min(1 - 1e-9, p1), p0));
            expect(worst).toBeLessThanOrEqual(1 + 1e-9);
          }
        },
      ),
      { numRuns: 300, seed: 8 },
    );
  });

  test('is what bad clients alone are worth where they are rare', () => {
    fc.assert(
      fc.property(clients, ({ n1, n0 }) => {
        const grid = harmGrid(1.25);
        const both = factorsOfBoth(grid, { n1, n0 }, 1e-9);
        const bad = factorsOfBad(grid, { n1, n0 });
        for (let j = 0; j < grid.size; j++) {
          expect(both.exposure[j]).toBeCloseTo(0, 6);
          expect(both.candidate[j]).toBeCloseTo(bad.candidate[j]!, 6);
          expect(both.stable[j]).toBeCloseTo(bad.stable[j]!, 6);
        }
      }),
    );
  });

  test('is more for a bad client of candidate and less for one of stable, and the grid agrees', () => {
    fc.assert(
      fc.property(clients, share(0.5), fc.nat(5), fc.nat(5), ({ n1, n0 }, guess, e1, e0) => {
        const grid = harmGrid(1);
        const both = factorsOfBoth(grid, { n1, n0 }, guess);
        expect(Math.min(...both.candidate)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...both.stable)).toBeLessThanOrEqual(0);
        const bad = factorsOfBad(grid, { n1, n0 });
        const logs = new Array<number>(grid.size).fill(0);
        grid.add(logs, { n1, e1, n0, e0 });
        logs.forEach((log, j) => {
          expect(e1 * bad.candidate[j]! + e0 * bad.stable[j]!).toBeCloseTo(log, 9);
        });
      }),
    );
  });
});
