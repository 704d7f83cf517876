import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  budgetWeight,
  emptyExcess,
  excessUpper,
  JudgeInputError,
  observeExcess,
  strataOf,
} from '../../src/judge/index.ts';
import { binomial, seeded } from './random.ts';

const stateOf = (...blocks: readonly (readonly [number, number, number, number])[]) =>
  blocks.reduce((state, [n1, e1, n0, e0]) => observeExcess(state, { n1, e1, n0, e0 }), emptyExcess());

describe('the bound of the excess', () => {
  test('is everything before anything was seen, and 3.66/n after n clients without an error', () => {
    expect(excessUpper(emptyExcess(), 0.05)).toBe(1);
    for (const n of [100, 10_000, 1_000_000]) {
      expect(excessUpper(stateOf([n, 0, n, 0]), 0.05) * n).toBeCloseTo(3.66, 2);
    }
  });

  test('falls with more good clients and rises with more bad ones', () => {
    const count = fc.nat(300);
    fc.assert(
      fc.property(count, count, count, (n, e, e0) => {
        const bound = excessUpper(stateOf([n + 301, e, 1000, e0]), 0.05);
        expect(excessUpper(stateOf([n + 301, e, 1000, e0], [50, 0, 100, 0]), 0.05)).toBeLessThanOrEqual(
          bound + 1e-12,
        );
        expect(excessUpper(stateOf([n + 301, e + 1, 1000, e0]), 0.05)).toBeGreaterThanOrEqual(bound - 1e-12);
        expect(bound).toBeGreaterThanOrEqual(0);
        expect(bound).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('counts a client hurt after the block it came in', () => {
    expect(excessUpper(stateOf([100, 0, 900, 0], [0, 5, 10, 0]), 0.05)).toBeGreaterThan(
      excessUpper(stateOf([100, 0, 900, 0]), 0.05),
    );
  });

  test('compares a client hurt later with those of stable hurt later, out of all who were fine until then', () => {
    const came = { n1: 100, e1: 0, n0: 900, e0: 0 };
    const quiet = { n1: 0, e1: 0, n0: 1, e0: 0 };
    const both = observeExcess(observeExcess(emptyExcess(), came), quiet, {
      n1: 100,
      e1: 5,
      n0: 900,
      e0: 45,
    });
    const alone = stateOf([100, 0, 900, 0], [0, 5, 1, 45]);
    expect(both.n).toBe(100);
    expect(excessUpper(both, 0.05)).toBeLessThan(excessUpper(alone, 0.05));
  });

  test('holds for an audience that comes back, of whom some are hurt at a later visit', () => {
    const random = seeded(7);
    let missed = 0;
    const RUNS = 100;
    for (let run = 0; run < RUNS; run++) {
      let state = emptyExcess();
      let fresh = { stable: 400, candidate: 100 };
      let fine = { stable: 0, candidate: 0 };
      let [excess, n] = [0, 0];
      for (let t = 0; t < 60; t++) {
        const come = {
          stable: binomial(random, fresh.stable, 0.1),
          candidate: binomial(random, fresh.candidate, 0.1),
        };
        fresh = { stable: fresh.stable - come.stable, candidate: fresh.candidate - come.candidate };
        const visits = {
          stable: binomial(random, fine.stable, 0.1),
          candidate: binomial(random, fine.candidate, 0.1),
        };
        const [p0, p1] = [0.05, 0.08];
        const bad = {
          stable: binomial(random, come.stable, p0),
          candidate: binomial(random, come.candidate, p1),
        };
        const late = {
          stable: binomial(random, visits.stable, p0),
          candidate: binomial(random, visits.candidate, p1),
        };
        const strata = strataOf(
          { n: come.stable, bad: bad.stable + late.stable, late: late.stable, fine: fine.stable },
          {
            n: come.candidate,
            bad: bad.candidate + late.candidate,
            late: late.candidate,
            fine: fine.candidate,
          },
        );
        state = observeExcess(state, strata.come, strata.late);
        excess += (come.candidate + 0.1 * fine.candidate) * (p1 - p0);
        n += come.candidate;
        fine = {
          stable: fine.stable + come.stable - bad.stable - late.stable,
          candidate: fine.candidate + come.candidate - bad.candidate - late.candidate,
        };
        if (n > 0 && excessUpper(state, 0.05) < Math.min(1, excess / n)) {
          missed++;
          break;
        }
      }
    }
    expect(missed).toBeLessThanOrEqual(10);
  });

  test('holds at all times in 95 of 100 runs, with an incident of both arms in the middle', () => {
    const random = seeded(5);
    let missed = 0;
    const RUNS = 150;
    for (let run = 0; run < RUNS; run++) {
      let state = emptyExcess();
      let [excess, n] = [0, 0];
      for (let t = 0; t < 200; t++) {
        const p0 = t > 50 && t < 80 ? 0.1 : 0.01;
        const n1 = binomial(random, 100, t < 100 ? 0.05 : 0.5);
        const n0 = 100 - n1;
        const d = 0.02;
        state = observeExcess(state, {
          n1,
          e1: binomial(random, n1, p0 + d),
          n0,
          e0: binomial(random, n0, p0),
        });
        excess += n1 * d;
        n += n1;
        if (n > 0 && excessUpper(state, 0.05) < excess / n) {
          missed++;
          break;
        }
      }
    }
    expect(missed / RUNS).toBeLessThan(0.12);
  });
});

describe('the weight that a budget allows', () => {
  const input = {
    upper: 1,
    budget: 10,
    clientsPerSecond: 100,
    blockSeconds: 1,
    reactionSeconds: 0.5,
    step: 10_000,
    current: 0,
  };

  test('bounds what can be hurt before the next reaction', () => {
    expect(budgetWeight(input)).toEqual({ ceiling: 10 / 150, basisPoints: 666 });
    expect(budgetWeight({ ...input, upper: 0.01 })).toEqual({ ceiling: 1, basisPoints: 10_000 });
    expect(budgetWeight({ ...input, upper: 0 })).toEqual({ ceiling: 1, basisPoints: 10_000 });
  });

  test('is at most the step and never less than now', () => {
    expect(budgetWeight({ ...input, step: 100 }).basisPoints).toBe(100);
    expect(budgetWeight({ ...input, step: 2_500, current: 800 }).basisPoints).toBe(800);
  });

  test.each([
    ['budget', { budget: -1 }],
    ['clientsPerSecond', { clientsPerSecond: Number.NaN }],
    ['blockSeconds', { blockSeconds: 0 }],
    ['reactionSeconds', { reactionSeconds: Number.POSITIVE_INFINITY }],
    ['upper', { upper: 1.5 }],
    ['step', { step: 10_001 }],
    ['current', { current: 0.5 }],
  ])('names %s where it is wrong', (field, wrong) => {
    expect(() => budgetWeight({ ...input, ...wrong })).toThrow(JudgeInputError);
    expect(() => budgetWeight({ ...input, ...wrong })).toThrow(new RegExp(`^${field} `));
  });

  test('loses no basis point to rounding', () => {
    for (let wanted = 1; wanted < 10_000; wanted += 7) {
      const budget = (wanted * 15) / 10_000;
      const { basisPoints } = budgetWeight({ ...input, budget, clientsPerSecond: 10 });
      expect(Math.abs(basisPoints - wanted)).toBeLessThanOrEqual(Number.isInteger(budget * 10_000) ? 0 : 1);
    }
  });
});
