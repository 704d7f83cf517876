import { describe, expect, test } from 'vitest';
import { ANALYSIS_DEFAULTS, argo, argoAnalysis } from '../../src/simulate/rivals/argo.ts';
import { FLAGGER_DOCUMENTED, flagger, flaggerTicks } from '../../src/simulate/rivals/flagger.ts';
import { classify, kayenta, scoreOf } from '../../src/simulate/rivals/kayenta.ts';
import type { Rule, Slot } from '../../src/simulate/rivals/rule.ts';
import { shiftInterval } from '../../src/simulate/rivals/shift-interval.ts';

/** Shows a rule the same slot until it ends; seconds until then, and how. */
function until(rule: Rule, slot: (seconds: number) => Slot, most = 7_200) {
  const run = rule.begin();
  for (let seconds = 10; seconds <= most; seconds += 10) {
    const { end } = run.next(slot(seconds));
    if (end !== null) return { seconds, end };
  }
  return { seconds: most, end: null };
}

const slot = (bad: number, n = 100): Slot => ({ stable: { n: 900, bad: 0 }, candidate: { n, bad } });

describe('Argo Rollouts', () => {
  const success = (value: number) => value >= 0.95;
  const failure = (value: number) => value < 0.9;

  test('more failures than the limit fail, one after the other or not', () => {
    const run = argoAnalysis({ ...ANALYSIS_DEFAULTS, success, failureLimit: 1 });
    expect([0.9, 0.99, 0.8].map(run.measure)).toEqual(['running', 'running', 'failed']);
  });
  test('only a failure condition: what is not failed is a success', () => {
    const run = argoAnalysis({ ...ANALYSIS_DEFAULTS, failure, count: 2 });
    expect([0.92, 0.91].map(run.measure)).toEqual(['running', 'successful']);
  });
  test('both conditions: between them is inconclusive', () => {
    expect(argoAnalysis({ ...ANALYSIS_DEFAULTS, success, failure }).measure(0.92)).toBe('inconclusive');
  });
  test('no condition: everything is a success', () => {
    expect(argoAnalysis({ ...ANALYSIS_DEFAULTS, count: 1 }).measure(0)).toBe('successful');
  });
  test('NaN does not satisfy a success condition', () => {
    expect(argoAnalysis({ ...ANALYSIS_DEFAULTS, success }).measure(Number.NaN)).toBe('failed');
  });
  test('five errors in a row end it, four and a value do not; errors are not counted', () => {
    const errors = (n: number) => new Array<'error'>(n).fill('error');
    const run = argoAnalysis({ ...ANALYSIS_DEFAULTS, success, count: 2 });
    expect([...errors(4), 0.99, ...errors(4)].map(run.measure)).toEqual(new Array(9).fill('running'));
    expect(run.measure('error')).toBe('error');
  });

  test('the documented rollout takes 40 minutes', () => {
    expect(until(argo(), () => slot(0))).toEqual({ seconds: 2_400, end: 'promoted' });
  });
  test('a total failure is looked at from 40 % on: the fourth failure is at 25 minutes', () => {
    expect(until(argo(), () => slot(100))).toEqual({ seconds: 1_500, end: 'rolled-back' });
  });
  test('without a single request five failed queries in a row, ten seconds apart, end it', () => {
    expect(until(argo(), () => slot(0, 0))).toEqual({ seconds: 640, end: 'rolled-back' });
  });
});

describe('Flagger', () => {
  test('failed checks add up, hold the weight, and roll back one tick later', () => {
    const ticks = flaggerTicks({ ...FLAGGER_DOCUMENTED, threshold: 2, stepWeight: 0.25 });
    const rates = [null, 0.5, 1, 0.98, 1] as const;
    expect(rates.map((rate) => ticks.tick(rate))).toEqual([0.25, 0.25, 0.5, 0.5, 'rolled-back']);
  });
  test('no data is a failed check', () => {
    const ticks = flaggerTicks({ ...FLAGGER_DOCUMENTED, threshold: 1 });
    expect([null, null, 1].map((rate) => ticks.tick(rate))).toEqual([0.02, 0.02, 'rolled-back']);
  });
  test('the documented release takes 25 minutes, a total failure 11 at 2 %', () => {
    expect(until(flagger(), () => slot(0))).toEqual({ seconds: 1_500, end: 'promoted' });
    expect(until(flagger(), () => slot(100))).toEqual({ seconds: 660, end: 'rolled-back' });
  });
  test('a failure from the fourth minute on is taken back at the 14th tick', () => {
    const late = (seconds: number) => slot(seconds > 180 ? 10 : 0);
    expect(until(flagger(), late)).toEqual({ seconds: 840, end: 'rolled-back' });
  });
});

describe('Kayenta', () => {
  const of = (n: number, value: number) => new Array<number>(n).fill(value);

  test('the known interval of tied samples', () => {
    const { low, high, estimate } = shiftInterval([...of(7, 100), ...of(3, 1)], of(10, 1));
    expect(low).toBeCloseTo(6.825e-5, 8);
    expect(high).toBe(99);
    expect(estimate).toBeCloseTo(98.99992904, 8);
  });
  test('the same observation everywhere passes, so do equal samples', () => {
    expect(classify(of(5, 0), of(5, 0))).toBe('pass');
    expect(classify([1, 2, 3], [1, 2, 3])).toBe('pass');
  });
  test('constants that differ are told apart', () => {
    expect(classify(of(10, 0.05), of(10, 0.01))).toBe('high');
    expect(classify(of(10, 0.01), of(10, 0.05))).toBe('low');
  });
  test('samples that do not overlap are high, mixed ones pass', () => {
    expect(classify([11, 12, 13, 14, 15, 16, 17, 18], [1, 2, 3, 4, 5, 6, 7, 8])).toBe('high');
    expect(classify([1, 3, 5, 7, 9, 11], [2, 4, 6, 8, 10, 12])).toBe('pass');
  });
  test('NaN is no value; an arm without a value has no data', () => {
    expect(classify([Number.NaN, Number.NaN], [1, 2])).toBe('nodata');
    expect(classify([Number.NaN, 1], [1])).toBe('pass');
  });
  test('the score is the share that passes; a critical failure is 0; low may be fine', () => {
    const metric = (classification: 'pass' | 'high' | 'low' | 'nodata', critical = false) =>
      ({ classification, bad: 'high', critical }) as const;
    expect(scoreOf([metric('pass'), metric('high'), metric('low'), metric('nodata')])).toBeCloseTo(66.67, 2);
    expect(scoreOf([metric('pass'), metric('high', true)])).toBe(0);
    expect(scoreOf([metric('nodata')])).toBe(null);
  });
  test('the first look at a clear failure ends it, a healthy hour promotes, nobody at all does not', () => {
    expect(until(kayenta(), () => slot(50))).toEqual({ seconds: 300, end: 'rolled-back' });
    expect(until(kayenta(), () => slot(0))).toEqual({ seconds: 3_600, end: 'promoted' });
    expect(until(kayenta(), () => slot(0, 0))).toEqual({ seconds: 3_600, end: 'rolled-back' });
  });
});
