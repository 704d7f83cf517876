import { describe, expect, test } from 'vitest';
import { combineVerdicts, JudgeInputError, UNBOUNDED } from '../../src/judge/index.ts';

const metric = (name: string, harm: number, safe = 1, weight?: number) => ({
  metric: name,
  verdict: {
    verdict: safe >= 20 ? ('safe' as const) : ('undecided' as const),
    e: { harm, safe },
    harmNow: harm,
  },
  ...(weight === undefined ? {} : { weight }),
});

describe('several metrics', () => {
  test('need more evidence each than one alone', () => {
    expect(combineVerdicts([metric('errors', 120)], 0.01)).toMatchObject({
      verdict: 'harm',
      culprit: 'errors',
    });
    expect(combineVerdicts([metric('errors', 120), metric('slow', 1)], 0.01)).toMatchObject({
      verdict: 'undecided',
      culprit: null,
    });
    expect(combineVerdicts([metric('errors', 200), metric('slow', 1)], 0.01)).toMatchObject({
      verdict: 'harm',
      culprit: 'errors',
    });
  });

  test('may prove harm together where none does alone', () => {
    const combined = combineVerdicts([metric('errors', 110), metric('slow', 110)], 0.01);
    expect(combined).toMatchObject({ verdict: 'harm', culprit: null });
    expect(combined.e.harm).toBeCloseTo(110, 9);
  });

  test('name the strongest', () => {
    const combined = combineVerdicts([metric('errors', 300), metric('slow', 900)], 0.01);
    expect(combined.culprit).toBe('slow');
  });

  test('weigh as they are told', () => {
    expect(combineVerdicts([metric('errors', 120, 1, 9), metric('slow', 0, 1, 1)], 0.01).culprit).toBe(
      'errors',
    );
    expect(combineVerdicts([metric('errors', UNBOUNDED), metric('slow', UNBOUNDED)], 0.01).e.harm).toBe(
      UNBOUNDED,
    );
  });

  test('are safe only all together', () => {
    expect(combineVerdicts([metric('errors', 0.1, 25), metric('slow', 0.1, 3)], 0.01)).toMatchObject({
      verdict: 'undecided',
      e: { safe: 3 },
    });
    expect(combineVerdicts([metric('errors', 0.1, 25), metric('slow', 0.1, 21)], 0.01).verdict).toBe('safe');
    expect(combineVerdicts([], 0.01).verdict).toBe('undecided');
  });

  test('have one name each', () => {
    expect(() => combineVerdicts([metric('a', 1), metric('a', 1)], 0.01)).toThrow(JudgeInputError);
    expect(() => combineVerdicts([metric('a', 1, 1, -1)], 0.01)).toThrow('weight');
    expect(() => combineVerdicts([], 0)).toThrow('alphaHarm');
  });
});
