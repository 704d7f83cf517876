import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RateState, rateTest } from '../../src/judge/index.ts';
import { factorsOfBad } from '../../src/judge/rates/block-factors.ts';
import { overshootBonus } from '../../src/judge/rates/overshoot.ts';
import { harmGrid } from '../../src/judge/rates/ratio-grid.ts';
import { distribution } from './random.ts';

/** Exact expectation of E, at most 1/alpha, over all that blocks of this exposure can bring. */
function expectedE(
  judge: ReturnType<typeof rateTest>,
  plan: readonly { readonly n1: number; readonly n0: number }[],
  [p1, p0]: readonly [number, number],
): number {
  const walk = (state: RateState, k: number): number => {
    const block = plan[k];
    if (block === undefined) return Math.exp(judge.logE(state).harm);
    let sum = 0;
    distribution(block.n1, p1).forEach((q1, e1) => {
      distribution(block.n0, p0).forEach((q0, e0) => {
        const candidate = { n: block.n1, bad: e1 };
        const stable = { n: block.n0, bad: e0 };
        sum += q1 * q0 * walk(judge.observe(state, { at: k * 40_000, candidate, stable }), k + 1);
      });
    });
    return sum;
  };
  return walk(judge.initial(), 0);
}

describe('what is won beyond 1/alpha', () => {
  const plan = fc.array(
    fc.record({ n1: fc.integer({ min: 1, max: 4 }), n0: fc.integer({ min: 2, max: 5 }) }),
    { minLength: 1, maxLength: 3 },
  );
  const share = (max: number) => fc.double({ min: 0.001, max, noNaN: true });

  test('buys no more than it is worth, exactly, where it is won in almost every block', () => {
    const rho = fc.constantFrom(1, 1.25, 3);
    fc.assert(
      fc.property(
        plan,
        rho,
        share(0.9),
        share(0.9),
        fc.boolean(),
        (list, tolerate, p0, alphaHarm, inside) => {
          const judge = rateTest({ tolerate, floor: 0, alphaHarm, alphaSafe: 0.05 });
          const p1 = Math.min(1 - 1e-9, tolerate * p0 * (inside ? 0.7 : 1));
          expect(expectedE(judge, list, [p1, p0])).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { numRuns: 150, seed: 6 },
    );
  });

  test('is worth almost all that is due to it: what is expected stays near 1', () => {
    const judge = rateTest({ tolerate: 1, floor: 0, alphaHarm: 0.5, alphaSafe: 0.05 });
    const expected = expectedE(
      judge,
      [
        { n1: 1, n0: 5 },
        { n1: 1, n0: 5 },
        { n1: 1, n0: 5 },
      ],
      [0.01, 0.01],
    );
    expect(expected).toBeGreaterThan(0.995);
  });

  const grid = harmGrid(1.25);
  const after = (log: number) => new Array<number>(grid.size).fill(log - Math.log(grid.size));
  const bonus = (logE: number, e1: number, e0: number, n1 = 10, n0 = 90) =>
    overshootBonus(
      after(logE),
      Number.NEGATIVE_INFINITY,
      factorsOfBad(grid, { n1, n0 }),
      grid.rho,
      { n1, e1, n0, e0 },
      Math.log(100),
    );

  test('is paid out where stable had a bad client while one of candidate would have been too much', () => {
    expect(bonus(Math.log(50), 0, 1)).toBeGreaterThan(0);
    expect(bonus(Math.log(12), 0, 1, 20, 80)).toBeGreaterThan(bonus(Math.log(12), 0, 1));
    expect(bonus(Math.log(50), 1, 2)).toBeGreaterThan(0);
  });

  test('is nothing far from the end, beyond it, and where no other outcome could have paid', () => {
    expect(bonus(Math.log(2), 0, 1)).toBe(0);
    expect(bonus(Math.log(101), 0, 1)).toBe(0);
    expect(bonus(Math.log(50), 1, 0)).toBe(0);
    expect(bonus(Math.log(50), 10, 1)).toBe(0);
    expect(bonus(Math.log(50), 0, 3, 10, 2)).toBe(0);
  });

  test('never lifts an outcome above the end', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 6, noNaN: true }),
        fc.nat(9),
        fc.integer({ min: 1, max: 9 }),
        (logE, e1, e0) => {
          const more = bonus(logE, e1, e0);
          if (more > 0) expect(logE + more).toBeLessThanOrEqual(Math.log(100) + 1e-12);
        },
      ),
    );
  });
});
