import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  JudgeInputError,
  type SampleRatioBlock,
  type SampleRatioState,
  sampleRatioTest,
} from '../../src/judge/index.ts';
import { binomial, binomialAbove, seeded } from './random.ts';

const judge = sampleRatioTest();
const ramp = (t: number) => (t < 60 ? 100 : t < 120 ? 500 : t < 180 ? 2_500 : 5_000);

/** Whether the alarm is raised within 300 blocks of a ramp, where candidate's odds are so many times what they should be. */
function alarms(odds: number, clients: number, seed: number, test = judge): number | null {
  const random = seeded(seed);
  let state = test.initial();
  for (let t = 0; t < 300; t++) {
    const share = ramp(t) / 10_000;
    const actual = (odds * share) / (odds * share + 1 - share);
    const candidate = binomial(random, clients, actual);
    state = test.observe(state, { at: t * 1000, weight: ramp(t), candidate, stable: clients - candidate });
    if (state.alarm !== null) return t;
  }
  return null;
}

describe('the share of the clients', () => {
  test('cannot be expected to look wrong where it is within the tolerance, exactly', () => {
    const odds = fc.double({ min: 1 / 1.1, max: 1.1, noNaN: true });
    const blocks = fc.array(
      fc.record({ n: fc.integer({ min: 1, max: 6 }), weight: fc.integer({ min: 1, max: 9_999 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(odds, blocks, (actual, list) => {
        const walk = (k: number, state: SampleRatioState): number => {
          const block = list[k];
          if (block === undefined) return judge.alarm({ ...state, alarm: null }).e;
          const share = block.weight / 10_000;
          const p = (actual * share) / (actual * share + 1 - share);
          let sum = 0;
          let chance = (1 - p) ** block.n;
          for (let candidate = 0; candidate <= block.n; candidate++) {
            const counts = { candidate, stable: block.n - candidate };
            sum += chance * walk(k + 1, judge.observe(state, { at: k, weight: block.weight, ...counts }));
            chance *= ((block.n - candidate) / (candidate + 1)) * (p / (1 - p));
          }
          return sum;
        };
        expect(walk(0, judge.initial())).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test('that follows changing weights, or is a tenth off, is seldom called wrong', () => {
    const strict = sampleRatioTest({ tolerate: 1.1, alpha: 0.05 });
    for (const odds of [1, 1.1, 1 / 1.1]) {
      let found = 0;
      for (let run = 0; run < 200; run++) if (alarms(odds, 200, 500 + run, strict) !== null) found++;
      expect(binomialAbove(200, 0.05, found - 1)).toBeGreaterThan(1e-6);
    }
  });

  test('that does not is found: doubled, halved, or none at all', () => {
    for (let seed = 1; seed <= 10; seed++) {
      expect(alarms(2, 200, seed)).toBeLessThan(120);
      expect(alarms(0.5, 200, seed)).toBeLessThan(200);
      expect(alarms(0, 200, seed)).toBeLessThan(90);
      expect(alarms(1.5, 1000, seed)).toBeLessThan(120);
    }
  });

  test('is wrong at once where an arm without weight is reached', () => {
    const astray = (block: Partial<SampleRatioBlock>) =>
      judge.alarm(judge.observe(judge.initial(), { at: 5, weight: 0, stable: 100, candidate: 0, ...block }));
    expect(astray({})).toMatchObject({ alarm: false, e: 1 });
    expect(astray({ candidate: 1 })).toMatchObject({ alarm: true, at: 5 });
    expect(astray({ weight: 10_000, stable: 2, candidate: 50 })).toMatchObject({
      alarm: true,
      explanation:
        '50 of 52 clients (96.2 %) reached the candidate, where its weight asks for 100 %; 2 of them reached an arm that has no weight, so a comparison of the two is not to be trusted',
    });
  });

  test('says nothing where the weight changed within the block', () => {
    const state = judge.observe(judge.initial(), { at: 0, weight: null, stable: 0, candidate: 1000 });
    expect(judge.alarm(state)).toMatchObject({ alarm: false, clients: 0, explanation: 'no clients so far' });
  });

  test('is explained with its numbers, and the alarm stays', () => {
    const off = judge.observe(judge.initial(), { at: 7, weight: 500, stable: 9_188, candidate: 812 });
    const later = judge.observe(off, { at: 8, weight: 500, stable: 100_000, candidate: 4_450 });
    expect(judge.alarm(off).explanation).toBe(
      '812 of 10,000 clients (8.12 %) reached the candidate, where its weight asks for 5 %; by chance alone this would happen less than once in 1,000 rollouts, so a comparison of the two is not to be trusted',
    );
    expect(judge.alarm(later)).toMatchObject({ alarm: true, at: 7 });
    expect(JSON.parse(JSON.stringify(later))).toEqual(later);
    const right = judge.observe(judge.initial(), { at: 7, weight: 500, stable: 9_500, candidate: 500 });
    expect(judge.alarm(right).explanation).toBe(
      '500 of 10,000 clients (5 %) reached the candidate, where its weight asks for 5 %',
    );
  });

  test('names what it cannot use', () => {
    const observe = (wrong: object) => () =>
      judge.observe(judge.initial(), { at: 0, weight: 100, stable: 0, candidate: 0, ...wrong });
    expect(observe({ weight: 10_001 })).toThrow('weight');
    expect(observe({ stable: -1 })).toThrow('stable');
    expect(observe({ candidate: 0.5 })).toThrow(JudgeInputError);
    expect(() => sampleRatioTest({ tolerate: 0.9, alpha: 0.1 })).toThrow('options.tolerate');
    expect(() => sampleRatioTest({ tolerate: 1, alpha: 0 })).toThrow('options.alpha');
  });
});
