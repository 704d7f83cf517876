import { describe, expect, test } from 'vitest';
import { changeDetector, JudgeInputError } from '../../src/judge/index.ts';
import { binomial, seeded } from './random.ts';

const WEEK = 7 * 24 * 3600;

/** Mean seconds until the alarm after an hour of health, at 100 clients a second. */
function secondsToFind(rate: number, runs: number): number {
  const random = seeded(21);
  const detector = changeDetector(WEEK);
  let total = 0;
  for (let run = 0; run < runs; run++) {
    let state = detector.initial();
    for (let t = 0; t < 3600; t++) {
      state = detector.observe(state, { n: 100, bad: binomial(random, 100, 0.001), expected: 0.0012 });
    }
    expect(detector.alarm(state).alarm).toBe(false);
    for (; !detector.alarm(state).alarm; total++) {
      state = detector.observe(state, { n: 100, bad: binomial(random, 100, rate), expected: 0.0012 });
    }
  }
  return total / runs;
}

describe('a change of a rate without a control', () => {
  test('is found within seconds, however long all was well', () => {
    expect(secondsToFind(0.01, 10)).toBeLessThan(20);
    expect(secondsToFind(0.005, 10)).toBeLessThan(60);
  });

  test('is seldom imagined: about once in the blocks that were asked for, or less', () => {
    const random = seeded(22);
    const detector = changeDetector(1000);
    let alarms = 0;
    let state = detector.initial();
    for (let t = 0; t < 100_000; t++) {
      state = detector.observe(state, { n: 100, bad: binomial(random, 100, 0.0012), expected: 0.0012 });
      if (!detector.alarm(state).alarm) continue;
      alarms++;
      state = detector.initial();
    }
    expect(alarms).toBeLessThan(130);
  });

  test('survives JSON, and names what it cannot use', () => {
    const detector = changeDetector(WEEK);
    const state = detector.observe(detector.initial(), { n: 10, bad: 1, expected: 0.1 });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(() => detector.observe(state, { n: 1, bad: 2, expected: 0.1 })).toThrow(JudgeInputError);
    expect(() => detector.observe(state, { n: 1, bad: 0, expected: 0 })).toThrow('expected');
    expect(() => changeDetector(0)).toThrow('blocksBetweenFalseAlarms');
  });
});
