import { expect, test } from 'vitest';
import { addSwings, ordinaryOf } from '../../src/judge/index.ts';
import type { Traffic } from '../../src/simulate/index.ts';
import { swingsBefore } from '../../src/simulate/past.ts';
import { seededRandom } from '../../src/simulate/random.ts';

const BEGIN = 1_800_000_000_000;
const traffic: Traffic = { clientsPerSecond: 100, requestsPerClient: 1, baseRate: 0.01, audience: null };

const before = (change: Partial<Traffic>) => {
  const { before, running } = swingsBefore({ ...traffic, ...change }, BEGIN, seededRandom(3));
  return ordinaryOf(addSwings(before, running));
};

test('the past of a simulated service had the bursts that it has', () => {
  const noise = (seconds: number) => before({ unrest: { noise: { seconds, shared: true } } });
  const calm = before({});
  expect(calm.within).toBeLessThan(0.0005);
  for (const seconds of [1, 3, 10, 60]) {
    // An exponential rate of mean 1 % has a variance of 1 % times its mean, within its length.
    const { within, bursts } = noise(seconds);
    expect(within).toBeGreaterThan(0.007);
    expect(within).toBeLessThan(0.015);
    const expected = 0.01 * Math.min(1, seconds / 10);
    expect(bursts[0]!.scale).toBeGreaterThan(0.8 * expected);
    expect(bursts[0]!.scale).toBeLessThan(1.6 * expected);
  }
});

test('nothing is made up of how an audience varied', () => {
  expect(before({ audience: 1_000 })).toMatchObject({ within: 0, slow: 0 });
});
