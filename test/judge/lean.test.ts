import { describe, expect, test } from 'vitest';
import { leanCounts, leansSafe } from '../../src/judge/index.ts';

const clients = 100;

describe('leaning to safe', () => {
  test('asks for half as much more evidence of safe than of harm, where many were bad', () => {
    expect(leansSafe({ harm: 0.1, safe: 0.151 }, { clients, bad: 1e6 })).toBe(true);
    expect(leansSafe({ harm: 0.1, safe: 0.149 }, { clients, bad: 1e6 })).toBe(false);
  });

  test('asks for less where few were', () => {
    const evidence = { harm: 0.76, safe: 0.47 };
    expect(leansSafe(evidence, { clients, bad: 2 })).toBe(true);
    expect(leansSafe(evidence, { clients, bad: 3 })).toBe(false);
  });

  test('never leans against evidence of harm, and not before five clients came', () => {
    expect(leansSafe({ harm: 1, safe: 10 }, { clients, bad: 0 })).toBe(false);
    expect(leansSafe({ harm: 0.5, safe: 10 }, { clients: 4, bad: 0 })).toBe(false);
    expect(leansSafe({ harm: 0.5, safe: 10 }, { clients: 5, bad: 0 })).toBe(true);
  });

  test("counts candidate's clients, and the bad ones of both", () => {
    expect(leanCounts({ candidate: { n: 7, bad: 2 }, stable: { n: 50, bad: 3 } })).toEqual({
      clients: 7,
      bad: 5,
    });
  });
});
