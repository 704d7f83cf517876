import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  badness,
  type DifferenceOptions,
  type DifferenceState,
  differenceTest,
  JudgeInputError,
} from '../../src/judge/index.ts';
import { logMeanExp } from '../../src/judge/logs.ts';
import { betAbove, betBelow, type Line } from '../../src/judge/means/assigned-bets.ts';
import { binomialAbove, seeded } from './random.ts';

const options: DifferenceOptions = {
  tolerate: { ratio: 1.25, margin: 0.001 },
  safeBelow: { ratio: 1.5, margin: 0 },
  alphaHarm: 0.01,
  alphaSafe: 0.05,
};
const judge = differenceTest(options);

describe('bets on a difference', () => {
  /** Exact mean of the whole mixture over everything that a few clients can bring, one after the other. */
  function expectation(
    factors: typeof betAbove,
    line: Line,
    clients: readonly { share: number; center: number }[],
    bad: readonly [stable: number, candidate: number],
  ): number {
    const walk = (k: number, logs: readonly number[]): number => {
      const client = clients[k];
      if (client === undefined) return Math.exp(logMeanExp(logs));
      let sum = 0;
      for (const arm of [0, 1] as const) {
        for (const value of [0, 1] as const) {
          const chance =
            (arm === 1 ? client.share : 1 - client.share) * (value === 1 ? bad[arm] : 1 - bad[arm]);
          const values = [[value, 1]] as const;
          const block = { ...client, candidate: arm === 1 ? values : [], stable: arm === 0 ? values : [] };
          const gained = factors(line, block);
          sum +=
            chance *
            walk(
              k + 1,
              logs.map((log, i) => log + gained[i]!),
            );
        }
      }
      return sum;
    };
    return walk(0, new Array<number>(12).fill(0));
  }

  const unit = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
  const clients = fc.array(
    fc.record({ share: unit(0.999), center: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  const line = fc.record({ ratio: fc.double({ min: 1, max: 2, noNaN: true }), margin: unit(0.3) });

  test('cannot be expected to win on the line, exactly, at any weights and any centre', () => {
    fc.assert(
      fc.property(clients, line, unit(0.4), (list, { ratio, margin }, stable) => {
        const candidate = Math.min(1, ratio * stable + margin);
        fc.pre(candidate === ratio * stable + margin);
        const above = expectation(betAbove, { ratio, margin }, list, [stable, candidate]);
        const below = expectation(betBelow, { ratio, margin }, list, [stable, candidate]);
        expect(above).toBeCloseTo(1, 9);
        expect(below).toBeCloseTo(1, 9);
        expect(expectation(betAbove, { ratio, margin }, list, [stable, candidate / 2])).toBeLessThan(1);
        expect(expectation(betBelow, { ratio, margin }, list, [stable / 2, candidate])).toBeLessThan(1);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test('never lose everything at one client', () => {
    fc.assert(
      fc.property(clients, line, fc.double({ min: 0, max: 1, noNaN: true }), ([client], at, value) => {
        for (const block of [
          { ...client!, candidate: [[value, 1]] as const, stable: [] },
          { ...client!, candidate: [], stable: [[value, 1]] as const },
        ]) {
          for (const log of [...betAbove(at, block), ...betBelow(at, block)]) {
            expect(log).toBeGreaterThanOrEqual(Math.log(0.1) - 1e-9);
          }
        }
      }),
    );
  });
});

/** Clients one at a time until a verdict, at most so many. `values` of an arm from one random number. */
function watch(
  test: typeof judge,
  weight: number,
  values: readonly [stable: (u: number) => number, candidate: (u: number) => number],
  most: number,
  random: () => number,
): { readonly verdict: string; readonly n: number } {
  let state = test.initial();
  for (let n = 1; n <= most; n++) {
    const arm = random() < weight ? 1 : 0;
    const value = [[values[arm](random()), 1]] as const;
    const none = [] as const;
    state = test.observe(state, {
      at: n * 100,
      share: weight,
      candidate: arm === 1 ? value : none,
      stable: arm === 0 ? value : none,
    });
    const { verdict } = n % 10 === 0 ? test.verdict(state) : { verdict: 'undecided' };
    if (state.harm !== null) return { verdict: 'harm', n };
    if (verdict === 'safe') return { verdict, n };
  }
  return { verdict: 'undecided', n: most };
}

const event = (p: number) => (u: number) => (u < p ? 1 : 0);

describe('the test of two means', () => {
  const RUNS = 150;

  test('takes seldom back what is just tolerable', () => {
    const random = seeded(31);
    let harm = 0;
    for (let run = 0; run < RUNS; run++) {
      const stable = 0.3;
      const weight = 0.1 + 0.4 * random();
      const arms = [event(stable), event(1.25 * stable + 0.001)] as const;
      if (watch(judge, weight, arms, 2000, random).verdict === 'harm') harm++;
    }
    expect(binomialAbove(RUNS, 0.01, harm - 1)).toBeGreaterThan(1e-6);
  });

  test('calls seldom safe what is just too bad', () => {
    const random = seeded(32);
    let safe = 0;
    for (let run = 0; run < RUNS; run++) {
      if (watch(judge, 0.3, [event(0.3), event(0.45)], 2000, random).verdict === 'safe') safe++;
    }
    expect(binomialAbove(RUNS, 0.05, safe - 1)).toBeGreaterThan(1e-6);
  });

  test('finds a slowdown of 1.3 times at the median with about 2,200 clients at 10 %', () => {
    const random = seeded(33);
    // Lognormal of sd .8: the share above stable's median, after a slowdown of 1.3.
    const slower = 0.6285;
    const equal = { ratio: 1, margin: 0 };
    const strict = differenceTest({ ...options, tolerate: equal, safeBelow: equal, alphaSafe: 1e-9 });
    let total = 0;
    for (let run = 0; run < 60; run++) {
      const found = watch(strict, 0.1, [event(0.5), event(slower)], 50_000, random);
      expect(found.verdict).toBe('harm');
      total += found.n;
    }
    expect(total / 60).toBeGreaterThan(1500);
    expect(total / 60).toBeLessThan(3200);
  });

  test('finds worse ratings, and safe ones', () => {
    const random = seeded(34);
    const stars = differenceTest({
      ...options,
      tolerate: { ratio: 1, margin: 0.02 },
      safeBelow: { ratio: 1, margin: 0.1 },
    });
    const rating = (mean: number) => (u: number) =>
      badness(Math.min(5, Math.max(1, Math.round(mean + 2 * (u - 0.5)))), { best: 5, worst: 1 });
    expect(watch(stars, 0.5, [rating(4.4), rating(3.6)], 20_000, random).verdict).toBe('harm');
    expect(watch(stars, 0.5, [rating(4.2), rating(4.2)], 20_000, random).verdict).toBe('safe');
  });

  test('takes a block of events as it takes its clients, if nothing was learned in between', () => {
    const block = {
      at: 0,
      share: 0.2,
      candidate: [
        [1, 2],
        [0, 8],
      ],
      stable: [
        [1, 10],
        [0, 30],
      ],
    } as const;
    const spread = {
      ...block,
      candidate: [
        [0, 5],
        [1, 1],
        [0, 3],
        [1, 1],
      ],
      stable: [
        [1, 10],
        [0, 30],
      ],
    } as const;
    const once = judge.logE(judge.observe(judge.initial(), block));
    const apart = judge.logE(judge.observe(judge.initial(), spread));
    expect(apart.harm).toBeCloseTo(once.harm, 10);
    expect(apart.safe).toBeCloseTo(once.safe, 10);
  });

  test('takes no evidence from clients whose chances are not known, but counts them', () => {
    const block = { at: 0, share: null, candidate: [[1, 50]], stable: [[0, 50]] } as const;
    const state = judge.observe(judge.initial(), block);
    expect(judge.logE(state).harm).toBeCloseTo(0, 12);
    expect(judge.verdict(state).means).toEqual({ stable: 0, candidate: 1 });
  });

  test('keeps harm, and survives JSON', () => {
    const bad = { at: 0, share: 0.5, candidate: [[1, 400]], stable: [[0, 400]] } as const;
    const state = judge.observe(judge.initial(), bad);
    expect(judge.verdict(state).verdict).toBe('harm');
    const better = { at: 9, share: 0.5, candidate: [[0, 90_000]], stable: [[1, 9_000]] } as const;
    const later = judge.observe(JSON.parse(JSON.stringify(state)) as DifferenceState, better);
    expect(judge.verdict(later)).toMatchObject({ verdict: 'harm' });
    expect(judge.verdict(later)).toEqual(judge.verdict(judge.observe(state, better)));
  });

  test('names what it cannot use', () => {
    const observe = (wrong: object) => () =>
      judge.observe(judge.initial(), { at: 0, share: 0.5, candidate: [], stable: [], ...wrong });
    expect(observe({ share: 1 })).toThrow('share');
    expect(observe({ candidate: [[1.1, 1]] })).toThrow('candidate');
    expect(observe({ stable: [[0.5, -1]] })).toThrow('stable');
    expect(observe({ at: Number.NaN })).toThrow(JudgeInputError);
    expect(() => differenceTest({ ...options, tolerate: { ratio: 0, margin: 0 } })).toThrow(
      'options.tolerate.ratio',
    );
    expect(() => differenceTest({ ...options, safeBelow: { ratio: 1, margin: 1 } })).toThrow(
      'options.safeBelow.margin',
    );
    expect(() => badness(6, { best: 5, worst: 1 })).toThrow('is not between');
  });
});
