import { describe, expect, test } from 'vitest';
import { type RateBlock, type RateOptions, rateTest } from '../../src/judge/index.ts';
import type { Traffic } from '../../src/simulate/crowd.ts';
import { audienceBlocks, type Second } from './audience.ts';
import { binomialAbove } from './random.ts';

const options: RateOptions = { tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 };
const audience: Traffic = {
  clientsPerSecond: 25,
  requestsPerClient: 1,
  baseRate: 0,
  audience: 1_000,
  tail: 1.1,
};

/** Of so many half hours of that audience, those that were harm at any time. */
function harmed(
  runs: number,
  second: Second,
  seen: (block: RateBlock) => RateBlock = (block) => block,
): number {
  const judge = rateTest(options);
  let found = 0;
  for (let run = 0; run < runs; run++) {
    let state = judge.initial();
    for (const block of audienceBlocks(audience, 1_800, () => second, 5, run)) {
      state = judge.observe(state, seen(block));
      if (state.harm === null) continue;
      found++;
      break;
    }
  }
  return found;
}

describe('an audience that comes again and again, some far more often than others', () => {
  const justTolerable = { share: 0.5, stable: 0.004, candidate: 0.005 };
  const RUNS = 60;

  test('is no evidence of harm by itself, though most are hurt long after they came', () => {
    expect(binomialAbove(RUNS, 0.01, harmed(RUNS, justTolerable) - 1)).toBeGreaterThan(1e-5);
  });

  test('would be, were those who are hurt late compared with those who come', () => {
    const mixedUp = ({ at, stable, candidate }: RateBlock): RateBlock => ({
      at,
      stable: { n: stable.n, bad: stable.bad },
      candidate: { n: candidate.n, bad: candidate.bad },
    });
    expect(harmed(RUNS, justTolerable, mixedUp)).toBeGreaterThan(RUNS / 20);
  });

  test('is no evidence against the floor either, where stable never fails', () => {
    // One visit in 20,000 fails: in ten minutes, fewer than 1 in 1,000 clients.
    const belowFloor = { share: 0.5, stable: 0, candidate: 0.00005 };
    expect(binomialAbove(RUNS, 0.01, harmed(RUNS, belowFloor) - 1)).toBeGreaterThan(1e-5);
  });

  test('finds what is far worse', () => {
    expect(harmed(5, { share: 0.1, stable: 0.001, candidate: 0.02 })).toBe(5);
  });
});

describe('a block says', () => {
  const judge = rateTest(options);
  const block = (late: number, fine: number): RateBlock => ({
    at: 0,
    stable: { n: 50, bad: 0, late: 0, fine: 950 },
    candidate: { n: 4, bad: 3, late, fine },
  });
  const harm = (one: RateBlock) => judge.verdict(judge.observe(judge.initial(), one)).e.harm;

  test('how many were hurt late: they are compared with all who were fine', () => {
    expect(harm(block(3, 950))).toBeLessThan(harm(block(0, 950)) / 10);
    expect(harm(block(3, 20))).toBeGreaterThan(100);
  });

  test('nothing of it where nobody is late', () => {
    expect(harm(block(0, 950))).toBeCloseTo(harm(block(0, 0)), 8);
  });

  test('no more late ones than bad ones', () => {
    expect(() => judge.observe(judge.initial(), block(4, 9))).toThrow(
      'candidate.late exceeds candidate.bad: 4 of 3',
    );
  });
});
