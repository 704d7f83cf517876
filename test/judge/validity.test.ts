import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { historyTest, type RateState, rateTest } from '../../src/judge/index.ts';
import { binomial, binomialAbove, distribution, seeded } from './random.ts';

const judge = rateTest({ tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 });
const { rhoSafe } = judge.options;

interface Exposed {
  readonly n1: number;
  readonly n0: number;
}

/** Exact expectation of f over everything that blocks of this exposure can bring. */
function expectation(
  plan: readonly Exposed[],
  p1: number,
  p0: number,
  f: (state: RateState) => number,
): number {
  const walk = (state: RateState, k: number): number => {
    const block = plan[k];
    if (block === undefined) return f(state);
    let sum = 0;
    distribution(block.n1, p1).forEach((q1, e1) => {
      distribution(block.n0, p0).forEach((q0, e0) => {
        const next = judge.observe(state, {
          at: k * 70_000,
          candidate: { n: block.n1, bad: e1 },
          stable: { n: block.n0, bad: e0 },
        });
        sum += q1 * q0 * walk(next, k + 1);
      });
    });
    return sum;
  };
  return walk(judge.initial(), 0);
}

describe('evidence cannot be expected to grow without cause, exactly', () => {
  const plan = fc.array(fc.record({ n1: fc.nat(4), n0: fc.nat(5) }), { minLength: 1, maxLength: 2 });
  const base = fc.double({ min: 0.001, max: 0.6, noNaN: true });

  test('towards harm, for a candidate that is just tolerable or just at the floor', () => {
    fc.assert(
      fc.property(plan, base, (list, p0) => {
        const harm = (state: RateState) => judge.verdict(state).harmNow;
        expect(expectation(list, Math.min(1 - 1e-9, 1.25 * p0), p0, harm)).toBeLessThanOrEqual(1 + 1e-9);
        expect(expectation(list, 0.001, p0, harm)).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('towards safe, for a candidate that is just too bad', () => {
    fc.assert(
      fc.property(plan, base, (list, p0) => {
        const p1 = Math.min(1 - 1e-9, Math.max(0.001, rhoSafe * p0));
        const safe = expectation(list, p1, p0, (state) => judge.verdict(state).e.safe);
        expect(safe).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 40, seed: 2 },
    );
  });
});

interface Scenario {
  readonly p0: number;
  readonly ratio: number;
  /** Share of the candidate in second t. */
  readonly weight: (t: number) => number;
  /** Factor on both rates in second t. */
  readonly incident?: (t: number) => number;
}

/** Ten minutes at 100 clients a second; the share of runs with that verdict at any time. */
function share(scenario: Scenario, wanted: 'harm' | 'safe', runs: number, seed: number): number {
  const random = seeded(seed);
  let found = 0;
  for (let run = 0; run < runs; run++) {
    let state = judge.initial();
    for (let t = 0; t < 600; t++) {
      const n1 = binomial(random, 100, scenario.weight(t));
      const p0 = scenario.p0 * (scenario.incident?.(t) ?? 1);
      const bad = binomial(random, n1, p0 * scenario.ratio);
      const stableBad = binomial(random, 100 - n1, p0);
      state = judge.observe(state, {
        at: t * 1000,
        candidate: { n: n1, bad },
        stable: { n: 100 - n1, bad: stableBad },
      });
      if (wanted === 'harm' && state.harm !== null) break;
      if (wanted === 'safe' && t % 10 === 0 && judge.verdict(state).verdict === 'safe') {
        found++;
        break;
      }
    }
    if (wanted === 'harm' && state.harm !== null) found++;
  }
  return found / runs;
}

describe('false verdicts while being watched all the time stay below alpha', () => {
  const RUNS = 150;
  /** The most that chance could bring once in a million test runs, were the rate exactly alpha. */
  const most = (alpha: number) => {
    let k = 0;
    while (binomialAbove(RUNS, alpha, k) > 1e-6) k++;
    return k / RUNS;
  };
  const ramp = (t: number) => (t < 120 ? 0.01 : t < 240 ? 0.05 : t < 360 ? 0.25 : 0.5);

  test.each<[string, Scenario]>([
    ['a candidate that is just tolerable', { p0: 0.02, ratio: 1.25, weight: () => 0.1 }],
    ['weights that change', { p0: 0.02, ratio: 1.25, weight: ramp }],
    ['frequent bad clients', { p0: 0.15, ratio: 1.25, weight: ramp }],
    [
      'a base rate that comes and goes',
      { p0: 0.02, ratio: 1.25, weight: ramp, incident: (t) => (t % 60 < 30 ? 1 : 8) },
    ],
    [
      'an incident of both',
      { p0: 0.01, ratio: 1.25, weight: ramp, incident: (t) => (t > 100 && t < 280 ? 10 : 1) },
    ],
  ])('harm: %s', (_, scenario) => {
    expect(share(scenario, 'harm', RUNS, 42)).toBeLessThanOrEqual(most(0.01));
  });

  test('safe: a candidate that is just too bad', () => {
    expect(share({ p0: 0.02, ratio: rhoSafe, weight: ramp }, 'safe', RUNS, 43)).toBeLessThanOrEqual(
      most(0.05),
    );
  });

  test('and true ones are found: twice the rate, and none worse', () => {
    expect(share({ p0: 0.03, ratio: 3, weight: ramp }, 'harm', 40, 44)).toBeGreaterThan(0.9);
    expect(share({ p0: 0.02, ratio: 0.7, weight: ramp }, 'safe', 40, 45)).toBeGreaterThan(0.9);
  });
});

test('a candidate that fails 30 % at weight 1 % is found after a handful of clients', () => {
  const random = seeded(7);
  const hurt: number[] = [];
  for (let run = 0; run < 300; run++) {
    let state = judge.initial();
    for (let t = 0; state.harm === null; t++) {
      const bad = binomial(random, 2, 0.3);
      const stableBad = binomial(random, 198, 0.001);
      state = judge.observe(state, {
        at: t * 1000,
        candidate: { n: 2, bad },
        stable: { n: 198, bad: stableBad },
      });
    }
    hurt.push(state.candidate.bad);
  }
  hurt.sort((a, b) => a - b);
  const mean = hurt.reduce((sum, n) => sum + n, 0) / hurt.length;
  expect(mean).toBeLessThan(4);
  expect(hurt[Math.floor(hurt.length * 0.95)]).toBeLessThanOrEqual(6);
});

describe('the test against history', () => {
  test('does not alarm by chance at the rate that history allows', () => {
    const history = historyTest({ floor: 0.001, pastClients: 100_000, pastBad: 100, alphaBake: 0.01 });
    const random = seeded(9);
    let alarms = 0;
    for (let run = 0; run < 150; run++) {
      let state = history.initial();
      for (let t = 0; t < 600; t++) {
        state = history.observe(state, { at: t * 1000, n: 200, bad: binomial(random, 200, history.limit) });
      }
      if (history.alarm(state).alarm) alarms++;
    }
    expect(binomialAbove(150, 0.01, alarms - 1)).toBeGreaterThan(1e-6);
  });

  test('alarms within seconds where the rate jumps, also after an hour of health', () => {
    const history = historyTest({ floor: 0.001, pastClients: 100_000, pastBad: 100, alphaBake: 0.001 });
    const random = seeded(10);
    let state = history.initial();
    for (let t = 0; t < 3600; t++) {
      state = history.observe(state, { at: t * 1000, n: 100, bad: binomial(random, 100, 0.001) });
    }
    expect(history.alarm(state).alarm).toBe(false);
    let seconds = 0;
    for (; !history.alarm(state).alarm && seconds < 100; seconds++) {
      const at = (3600 + seconds) * 1000;
      state = history.observe(state, { at, n: 100, bad: binomial(random, 100, 0.05) });
    }
    expect(seconds).toBeLessThan(15);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  test('without enough history allows 1 %, or the floor where that is higher', () => {
    const limit = (floor: number, pastClients: number, pastBad: number) =>
      historyTest({ floor, pastClients, pastBad, alphaBake: 0.001 }).limit;
    expect(limit(0.001, 999, 0)).toBe(0.01);
    expect(limit(0.02, 999, 0)).toBe(0.02);
    // 16 of 800 might be 1 % all the same, 25 of 500 are not.
    expect(limit(0.001, 800, 16)).toBe(0.01);
    expect(limit(0.001, 500, 25)).toBeCloseTo((2 * 38) / 500, 12);
    expect(limit(0.001, 10_000, 0)).toBe(0.001);
    expect(limit(0.001, 10_000, 100)).toBeCloseTo((2 * 123) / 10_000, 12);
    expect(limit(0.001, 1_000, 900)).toBe(0.99);
  });
});
