import { describe, expect, test } from 'vitest';
import {
  explain,
  explainHistory,
  explainUnknown,
  historyTest,
  RATE_DEFAULTS,
  rateTest,
} from '../../src/judge/index.ts';

const judge = rateTest(RATE_DEFAULTS);
const names = { candidate: 'r7', stable: 'r6' };
const verdict = (n1: number, e1: number, n0: number, e0: number, test = judge) =>
  test.verdict(
    test.observe(test.initial(), { at: 0, candidate: { n: n1, bad: e1 }, stable: { n: n0, bad: e0 } }),
  );
const errors = (n1: number, e1: number, n0: number, e0: number) =>
  explain('errors', verdict(n1, e1, n0, e0), names);

describe('a verdict in words', () => {
  test('of harm says how often chance would do this', () => {
    expect(errors(240, 12, 8910, 9)).toBe(
      '12 of 240 clients of r7 got errors, 9 of 8,910 of r6: 49 times the rate; ' +
        'if r7 were fine, this would happen less than once in 100 rollouts',
    );
  });

  test('of harm where stable has no errors names no ratio', () => {
    expect(errors(240, 12, 8910, 0)).toBe(
      '12 of 240 clients of r7 got errors, none of 8,910 of r6; ' +
        'if r7 were fine, this would happen less than once in 100 rollouts',
    );
  });

  test('of safe says what is ruled out', () => {
    expect(errors(100_000, 1000, 100_000, 990)).toBe(
      '1,000 of 100,000 clients of r7 got errors, 990 of 100,000 of r6: about the same rate; ' +
        'worse than 1.5 times the rate of r6 (and above 0.1 %) is ruled out; ' +
        'a release that bad would pass less than once in 20 rollouts',
    );
  });

  test('of safe without a floor names none', () => {
    const noFloor = rateTest({ ...RATE_DEFAULTS, floor: 0 });
    const text = explain('errors', verdict(100_000, 500, 100_000, 1000, noFloor), names);
    expect(text).toContain('half the rate; worse than 1.5 times the rate of r6 is ruled out;');
  });

  test('that is missing says how far it is and what it takes', () => {
    expect(errors(400, 0, 5000, 3)).toBe(
      'none of 400 clients of r7 got errors, 3 of 5,000 of r6; undecided, with 0 % of the evidence that harm ' +
        'needs and 8 % of what safe needs; if it goes on like this, safe takes about 3,800 more clients of r7',
    );
  });

  test('that is missing says how long it takes where it is told how many come', () => {
    const told = (perSecond: number) => explain('errors', verdict(400, 0, 5000, 3), { ...names, perSecond });
    expect(told(5)).toMatch(/3,800 more clients of r7, 13 minutes as they come now$/);
    expect(told(0.01)).toMatch(/3,800 more clients of r7, 5 days as they come now$/);
    expect(told(0)).toMatch(/3,800 more clients of r7$/);
  });

  test('that is missing promises nothing where rates point the other way', () => {
    expect(errors(10, 1, 90, 1)).toMatch(
      /^1 of 10 clients of r7 got errors, 1 of 90 of r6: 9 times the rate; undecided, with \d+ % .* safe needs$/,
    );
  });

  test('of one client is in the singular', () => {
    expect(errors(1, 1, 1, 0)).toContain('1 of 1 client of r7 got errors, none of 1 of r6; undecided');
  });

  test('without clients says so', () => {
    expect(errors(0, 0, 8910, 9)).toBe('no client of r7 so far, 8,910 of r6: undecided');
    expect(errors(0, 0, 0, 0)).toBe('no client of r7 so far: undecided');
    expect(errors(10, 0, 0, 0)).toContain(
      'none of 10 clients of r7 got errors, with none of r6 to compare with',
    );
  });

  test('of another metric is named, and counts what that counts', () => {
    const jobs = { ...names, unit: { one: 'job', many: 'jobs' } };
    expect(explain('imports', verdict(50, 30, 100, 3), jobs)).toBe(
      'imports: 30 of 50 jobs of r7 were bad, 3 of 100 of r6: 20 times the rate; ' +
        'if r7 were fine, this would happen less than once in 100 rollouts',
    );
    expect(explain('imports', verdict(0, 0, 0, 0), jobs)).toBe('imports: no job of r7 so far: undecided');
    expect(explain('imports', verdict(2, 1, 100, 3), { ...jobs, bad: 'failed' })).toContain(
      '1 of 2 jobs of r7 failed',
    );
  });

  test('has no number that reads badly', () => {
    for (const [n1, e1, n0, e0] of [
      [3, 1, 1000, 997],
      [7, 3, 1_000_000, 1],
      [1000, 1, 3, 3],
      [9, 9, 9, 9],
    ] as const) {
      expect(errors(n1, e1, n0, e0)).not.toMatch(/NaN|Infinity|undefined|e[+-]\d|\d{4,}|\.\d{3,}/);
    }
  });
});

describe('the test against history in words', () => {
  const history = historyTest({ floor: 0.001, pastClients: 10_000, pastBad: 20, alphaBake: 0.001 });
  const text = (n: number, bad: number) =>
    explainHistory('errors', history.alarm(history.observe(history.initial(), { at: 0, n, bad })), names);

  test('says what the past allows', () => {
    expect(text(900, 40)).toBe(
      '40 of 900 clients of r7 got errors (4.44 %), where the past allows 0.639 %; ' +
        'by chance alone this would happen less than once in 1,000 releases',
    );
    expect(text(900, 3)).toBe('3 of 900 clients of r7 got errors (0.333 %); the past allows 0.639 %');
    expect(text(900, 0)).toBe('none of 900 clients of r7 got errors; the past allows 0.639 %');
    expect(text(0, 0)).toBe('no client of r7 so far');
  });

  test('says where too little is known of it, and what is allowed meanwhile', () => {
    const few = historyTest({ floor: 0.001, pastClients: 12, pastBad: 0, alphaBake: 0.001 });
    const said = (n: number, bad: number) =>
      explainHistory('errors', few.alarm(few.observe(few.initial(), { at: 0, n, bad })), names);
    expect(said(900, 3)).toBe(
      '3 of 900 clients of r7 got errors (0.333 %); not compared with the past, because only 12 clients are known of the last 24 hours: 1 % is allowed meanwhile',
    );
    expect(said(90, 40)).toContain('where 1 % is allowed, because too little is known of the past');
    expect(explainUnknown(0, 0.02)).toContain('nobody is known of the last 24 hours: 2 % is allowed');
    expect(explainUnknown(1, 0.01)).toContain('only 1 client is known');
  });

  test('says that it had bursts, which may go beyond, and how often these would raise an alarm', () => {
    const past = { floor: 0.001, pastClients: 10_000, pastBad: 20, alphaBake: 0.001, alphaBursts: 0.02 };
    const said = (scale: number, bad: number) => {
      const ordinary = { late: 0, bursts: [{ seconds: 10, scale }], within: scale, slow: 0 };
      const test = historyTest({ ...past, ordinary });
      return explainHistory(
        'errors',
        test.alarm(test.observe(test.initial(), { at: 0, n: 900, bad })),
        names,
      );
    };
    expect(said(0.002, 3)).toContain('the past allows 0.639 %, and more in bursts such as it may have had');
    expect(said(0.002, 900)).toContain(
      'by chance, with bursts such as it may have had, this would happen less than once in 50 releases',
    );
    // A rate that is as good as constant.
    expect(said(0.00001, 3)).toMatch(/the past allows 0.639 %$/);
    expect(said(0.00001, 900)).toContain(
      'by chance alone this would happen less than once in 1,000 releases',
    );
  });
});
