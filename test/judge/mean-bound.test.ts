import { describe, expect, test } from 'vitest';
import { JudgeInputError, type MeanBoundState, meanBoundTest } from '../../src/judge/index.ts';
import { hedgedCapital } from '../../src/judge/reference/bounded-means.ts';
import { binomialAbove, seeded } from './random.ts';

const options = { bound: 0.3, alphaHarm: 0.01, alphaSafe: 0.05 };
const judge = meanBoundTest(options);
const fold = (values: readonly number[], from: MeanBoundState = judge.initial()) =>
  values.reduce(judge.observe, from);

/** Verdict over so many values, of which this share lies evenly above .5 and the rest evenly below. */
function verdictOf(high: number, most: number, random: () => number) {
  let state = judge.initial();
  for (let n = 0; n < most; n++) {
    state = judge.observe(state, random() < high ? 0.5 + 0.5 * random() : 0.5 * random());
    const { verdict } = judge.verdict(state);
    if (verdict !== 'undecided') return verdict;
  }
  return 'undecided';
}

describe('one mean against a bound', () => {
  test('is what the hedged capital of the reference values is', () => {
    const random = seeded(41);
    const values = Array.from({ length: 200 }, random);
    const state = fold(values);
    // The reference gives each direction half of alpha, and takes the better half.
    const reference = hedgedCapital(values, { m: 0.3, alpha: 0.02, theta: 1, truncScale: 0.5 });
    expect(state.above).toBeCloseTo(Math.log(reference), 9);
  });

  test('is seldom called worse, or better, where it is neither', () => {
    const random = seeded(42);
    const RUNS = 300;
    let [harm, safe] = [0, 0];
    for (let run = 0; run < RUNS; run++) {
      // 9 of 10 values have the mean .25, the others .75: together .3, which is the bound.
      const verdict = verdictOf(0.1, 1000, random);
      if (verdict === 'harm') harm++;
      if (verdict === 'safe') safe++;
    }
    expect(binomialAbove(RUNS, 0.01, harm - 1)).toBeGreaterThan(1e-6);
    expect(binomialAbove(RUNS, 0.05, safe - 1)).toBeGreaterThan(1e-6);
  });

  test('is found worse, or better, within some dozens of values', () => {
    const random = seeded(43);
    expect(verdictOf(0.5, 200, random)).toBe('harm');
    expect(verdictOf(0, 1000, random)).toBe('safe');
  });

  test('that was harm stays so; one that was safe may become harm', () => {
    const ones = new Array<number>(60).fill(1);
    const zeros = new Array<number>(200).fill(0);
    const harm = fold(ones);
    expect(judge.verdict(fold(zeros, harm)).verdict).toBe('harm');
    expect(judge.verdict(fold(zeros)).verdict).toBe('safe');
    expect(judge.verdict(fold(new Array<number>(3000).fill(1), fold(zeros))).verdict).toBe('harm');
    expect(JSON.parse(JSON.stringify(harm))).toEqual(harm);
  });

  test('knows nothing at first, and names what it cannot use', () => {
    expect(judge.verdict(judge.initial())).toEqual({
      verdict: 'undecided',
      e: { harm: 1, safe: 1, different: 1 },
      needed: { harm: 100, safe: 20 },
      n: 0,
      mean: null,
    });
    expect(() => judge.observe(judge.initial(), 1.01)).toThrow(JudgeInputError);
    expect(() => meanBoundTest({ ...options, bound: 0 })).toThrow('options.bound');
  });
});
