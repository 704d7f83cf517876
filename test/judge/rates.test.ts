import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  JudgeInputError,
  RATE_DEFAULTS,
  type RateBlock,
  type RateOptions,
  rateTest,
  UNBOUNDED,
} from '../../src/judge/index.ts';
import { exactRatioInterval } from '../../src/judge/rates/interval.ts';
import { ratioGrid } from '../../src/judge/rates/ratio-grid.ts';

const options: RateOptions = { tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 };
const judge = rateTest(options);

const counts = fc.nat(60).chain((n) => fc.record({ n: fc.constant(n), bad: fc.nat(n) }));
const blocks = fc
  .array(fc.record({ after: fc.nat(90_000), stable: counts, candidate: counts }), { maxLength: 25 })
  .map((list) => {
    let at = 1_700_000_000_000;
    return list.map(({ after, stable, candidate }): RateBlock => {
      at += after;
      return { at, stable, candidate };
    });
  });
const fold = (list: readonly RateBlock[], from = judge.initial()) => list.reduce(judge.observe, from);
const one = (n1: number, e1: number, n0: number, e0: number): RateBlock => ({
  at: 0,
  candidate: { n: n1, bad: e1 },
  stable: { n: n0, bad: e0 },
});

describe('the state', () => {
  test('survives JSON at any point of the way', () => {
    fc.assert(
      fc.property(blocks, fc.nat(25), (list, cut) => {
        const half = JSON.parse(JSON.stringify(fold(list.slice(0, cut))));
        expect(fold(list.slice(cut), half)).toEqual(fold(list));
      }),
    );
  });

  test('of the past does not change with what follows', () => {
    fc.assert(
      fc.property(blocks, blocks, (list, later) => {
        const state = fold(list);
        const before = JSON.stringify([state, judge.verdict(state)]);
        const last = list.at(-1)?.at ?? 0;
        fold(
          later.map((block) => ({ ...block, at: block.at + last })),
          state,
        );
        expect(JSON.stringify([state, judge.verdict(state)])).toBe(before);
      }),
    );
  });

  test('stays of one size', () => {
    const short = fold([one(10, 0, 90, 3)]);
    const long = fold(Array.from({ length: 2_000 }, (_, i) => ({ ...one(10, 0, 90, 3), at: i * 1000 })));
    const numbers = (state: unknown) => JSON.stringify(state).match(/-?\d[\d.e+-]*/g)!.length;
    expect(numbers(long)).toBe(numbers(short));
    expect(numbers(long) * 8).toBeLessThan(4096);
  });

  test('does not change by blocks without clients', () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const at = list.at(-1)?.at ?? 0;
        const state = fold(list);
        expect(judge.verdict(judge.observe(state, { ...one(0, 0, 0, 0), at }))).toEqual(judge.verdict(state));
      }),
    );
  });
});

describe('a block', () => {
  test('is compared once both arms are in it, and carries over until then', () => {
    const alone = fold([one(3, 3, 0, 0), one(0, 0, 1, 0)]);
    expect(alone.open).toEqual({ n1: 3, e1: 3, n0: 1, e0: 0 });
    const together = fold([one(0, 0, 5, 0)], alone);
    expect(together.open).toEqual({ n1: 0, e1: 0, n0: 0, e0: 0 });
    expect(judge.verdict(together).e.safe).toBeCloseTo(judge.verdict(fold([one(3, 3, 6, 0)])).e.safe, 12);
  });

  test('may hold a client that came earlier and is hurt only now', () => {
    const verdict = judge.verdict(fold([one(2, 0, 50, 0), one(0, 2, 50, 0), one(1, 0, 50, 0)]));
    expect(verdict.candidate).toEqual({ n: 3, bad: 2 });
    expect(verdict.e.harm).toBeGreaterThan(10);
  });
});

describe('the arms', () => {
  const exposure = fc.record({
    n1: fc.integer({ min: 1, max: 500 }),
    n0: fc.integer({ min: 1, max: 500 }),
    e1: fc.nat(20),
    e0: fc.nat(20),
  });

  test('change places: worse by rho is better by 1/rho', () => {
    fc.assert(
      fc.property(
        fc.array(exposure, { minLength: 1 }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (list, rho) => {
          const swapped = list.map(({ n1, e1, n0, e0 }) => ({ n1: n0, e1: e0, n0: n1, e0: e1 }));
          const worse = ratioGrid('worse', rho, 50).logE(list);
          expect(ratioGrid('better', 1 / rho, 50).logE(swapped)).toBeCloseTo(worse, 7);
          const [low, high] = exactRatioInterval(list, 0.05);
          const [otherLow, otherHigh] = exactRatioInterval(swapped, 0.05);
          if (low > 0) expect(otherHigh * low).toBeCloseTo(1, 6);
          if (high < UNBOUNDED) expect(otherLow * high).toBeCloseTo(1, 6);
        },
      ),
    );
  });

  test('give the interval that the exact one gives, inside 1/64 to 64', () => {
    fc.assert(
      fc.property(fc.array(exposure, { minLength: 1 }), (list) => {
        const able = list.filter(({ n1, e1, n0, e0 }) => n0 >= 4 && e1 <= n1 && e0 <= n0);
        const state = fold(able.map(({ n1, e1, n0, e0 }) => one(n1, e1, n0, e0)));
        const [low, high] = judge.verdict(state).ratio;
        const [exactLow, exactHigh] = exactRatioInterval(able, 0.05);
        if (exactLow > 1 / 60 && exactLow < 60) expect(low / exactLow).toBeCloseTo(1, 4);
        if (exactHigh > 1 / 60 && exactHigh < 60) expect(high / exactHigh).toBeCloseTo(1, 4);
        expect(low).toBeLessThanOrEqual(exactLow * 1.0001 + (exactLow === 0 ? 0 : 1e-12));
        expect(high).toBeGreaterThanOrEqual(exactHigh * 0.9999);
      }),
    );
  });
});

describe('a verdict', () => {
  test('begins undecided, with no evidence either way', () => {
    expect(judge.verdict(judge.initial())).toEqual({
      verdict: 'undecided',
      e: { harm: expect.closeTo(1, 12), safe: 1 },
      harmNow: expect.closeTo(1, 12),
      needed: { harm: 100, safe: 20 },
      ratio: [0, UNBOUNDED],
      stable: { n: 0, bad: 0 },
      candidate: { n: 0, bad: 0 },
      leaningSafe: false,
      options: { ...options, rhoSafe: 1.5 },
    });
  });

  test('of harm stays, whatever comes later', () => {
    const harmed = fold([one(50, 25, 500, 1)]);
    expect(judge.verdict(harmed).verdict).toBe('harm');
    const later = judge.verdict(fold([one(100_000, 0, 100_000, 5_000)], harmed));
    expect(later.verdict).toBe('harm');
    expect(later.e.harm).toBeGreaterThanOrEqual(100);
  });

  test('of safe gives way to a late failure', () => {
    const safe = fold([one(10_000, 0, 10_000, 10)]);
    expect(judge.verdict(safe)).toMatchObject({ verdict: 'safe', leaningSafe: true });
    const minutes = 5 * 60_000;
    const failing = fold([{ ...one(200, 100, 200, 0), at: minutes }], safe);
    expect(judge.verdict(failing).verdict).toBe('harm');
  });

  test('needs the floor too: many times nearly nothing is no harm', () => {
    const rare = { n1: 200_000, e1: 100, n0: 200_000, e0: 2 };
    const state = fold([one(rare.n1, rare.e1, rare.n0, rare.e0)]);
    expect(judge.verdict(state).verdict).toBe('safe');
    const strict = rateTest({ ...options, floor: 0 });
    const verdict = strict.verdict(strict.observe(strict.initial(), one(rare.n1, rare.e1, rare.n0, rare.e0)));
    expect(verdict.verdict).toBe('harm');
  });

  test('needs the ratio too: an incident that hurts both arms is no harm', () => {
    expect(judge.verdict(fold([one(1_000, 300, 9_000, 2_700)])).verdict).not.toBe('harm');
  });

  test('of clients that get no errors at all never leans towards harm', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { maxLength: 20 }), (list) => {
        const state = fold(list.map(([n1, n0]) => one(n1, 0, n0, 0)));
        expect(judge.verdict(state).e.harm).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  test('has finite numbers only, however many clients there are', () => {
    const huge = fc
      .integer({ min: 0, max: 2 ** 50 })
      .chain((n) => fc.record({ n: fc.constant(n), bad: fc.maxSafeNat().map((k) => Math.min(k, n)) }));
    fc.assert(
      fc.property(fc.array(fc.record({ stable: huge, candidate: huge }), { maxLength: 4 }), (list) => {
        const state = fold(list.map((block, i) => ({ ...block, at: i * 60_000 })));
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
        const { e, ratio } = judge.verdict(state);
        expect([...ratio, e.harm, e.safe].every((value) => value >= 0 && value <= UNBOUNDED)).toBe(true);
        expect(ratio[0]).toBeLessThanOrEqual(ratio[1]);
      }),
    );
  });

  test('stays within what JSON can hold', () => {
    const big = Number.MAX_SAFE_INTEGER;
    const verdict = judge.verdict(fold([one(big, big, big, 0)]));
    expect(verdict.e.harm).toBe(UNBOUNDED);
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });
});

describe('bad input', () => {
  const field = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      expect(error).toBeInstanceOf(JudgeInputError);
      return (error as JudgeInputError).field;
    }
    throw new Error('was accepted');
  };

  test.each([
    ['candidate.n', one(Number.NaN, 0, 1, 0)],
    ['candidate.n', one(-1, 0, 1, 0)],
    ['candidate.bad', one(1, 0.5, 1, 0)],
    ['stable.n', one(1, 0, 2 ** 53, 0)],
    ['stable.bad', one(1, 0, 1, Number.POSITIVE_INFINITY)],
    ['candidate.bad', one(3, 4, 1, 0)],
    ['stable.bad', one(3, 0, 1, 2)],
    ['at', { ...one(1, 0, 1, 0), at: Number.NaN }],
    ['at', { ...one(1, 0, 1, 0), at: Number.POSITIVE_INFINITY }],
    ['candidate.late', { ...one(1, 0, 1, 0), candidate: { n: 5, bad: 1, late: 2 } }],
    ['stable.late', { ...one(1, 0, 1, 0), stable: { n: 5, bad: 1, late: Number.NaN } }],
    ['stable.fine', { ...one(1, 0, 1, 0), stable: { n: 5, bad: 1, fine: 0.5 } }],
  ])('of a block names %s', (name, block) => {
    expect(field(() => judge.observe(judge.initial(), block))).toBe(name);
  });

  test('names time that goes backwards and totals beyond 2^53', () => {
    const state = judge.observe(judge.initial(), { ...one(2 ** 52, 0, 1, 0), at: 10 });
    expect(field(() => judge.observe(state, { ...one(1, 0, 1, 0), at: 9 }))).toBe('at');
    expect(field(() => judge.observe(state, { ...one(2 ** 52, 0, 1, 0), at: 10 }))).toBe('candidate.n');
  });

  test.each([
    ['options.alphaHarm', { alphaHarm: 0 }],
    ['options.alphaSafe', { alphaSafe: 1 }],
    ['options.floor', { floor: 1 }],
    ['options.floor', { floor: Number.NaN }],
    ['options.tolerate', { tolerate: -1 }],
    ['options.rhoSafe', { rhoSafe: Number.POSITIVE_INFINITY }],
  ])('of the options names %s', (name, wrong) => {
    expect(field(() => rateTest({ ...options, ...wrong }))).toBe(name);
  });
});

test('evidence of harm is exactly 1 while nobody could be compared, however long that takes', () => {
  const judge = rateTest(RATE_DEFAULTS);
  let state = judge.initial();
  for (let minute = 0; minute < 600; minute++) {
    state = judge.observe(state, {
      at: minute * 60_000,
      candidate: { n: 1, bad: minute % 7 === 0 ? 1 : 0 },
      stable: { n: 0, bad: 0 },
    });
    expect(judge.verdict(state).e.harm).toBe(1);
  }
});
