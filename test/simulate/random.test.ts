import { expect, test } from 'vitest';
import { seededRandom } from '../../src/simulate/random.ts';

/** Mean and variance of many draws. */
function moments(draw: () => number, draws = 40_000) {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1) };
}

test('the same seed gives the same numbers, another stream others', () => {
  const draws = (seed: number, stream: number) => {
    const { uniform } = seededRandom(seed, stream);
    return Array.from({ length: 5 }, uniform);
  };
  expect(draws(7, 3)).toEqual(draws(7, 3));
  expect(draws(7, 3)).not.toEqual(draws(7, 4));
  expect(draws(7, 3)).not.toEqual(draws(8, 3));
});

test.each([0.3, 4, 9.99, 10, 35, 5_000])('Poisson numbers of mean %d have that mean and variance', (mean) => {
  const random = seededRandom(1);
  const found = moments(() => random.poisson(mean));
  expect(Math.abs(found.mean - mean)).toBeLessThan(4.5 * Math.sqrt(mean / 40_000));
  expect(found.variance / mean).toBeCloseTo(1, 1);
});

test.each([
  [5, 0.3],
  [40, 0.02],
  [60, 0.4],
  [100_000, 0.001],
  [1_000, 0.9],
])('binomial numbers of %d chances at %d have their mean and variance', (n, p) => {
  const random = seededRandom(2);
  const found = moments(() => random.binomial(n, p));
  expect(Math.abs(found.mean - n * p)).toBeLessThan(4.5 * Math.sqrt((n * p * (1 - p)) / 40_000));
  expect(found.variance / (n * p * (1 - p))).toBeCloseTo(1, 1);
});

test('numbers by rejection follow the exact probabilities', () => {
  const random = seededRandom(3);
  const counts = new Array<number>(61).fill(0);
  const draws = 60_000;
  for (let draw = 0; draw < draws; draw++) counts[random.binomial(60, 0.4)]!++;
  let [probability, distance] = [0.6 ** 60, 0];
  for (let k = 0; k <= 60; k++) {
    const expected = draws * probability;
    if (expected >= 5) distance += (counts[k]! - expected) ** 2 / expected;
    probability *= ((60 - k) / (k + 1)) * (0.4 / 0.6);
  }
  // Chi squared of about 30 cells: above 65 once in 5,000 times.
  expect(distance).toBeLessThan(65);
});

test('edges', () => {
  const random = seededRandom(4);
  expect(random.binomial(10, 0)).toBe(0);
  expect(random.binomial(10, 1)).toBe(10);
  expect(random.binomial(0, 0.5)).toBe(0);
  expect(random.poisson(0)).toBe(0);
  expect(random.gap(1)).toBe(0);
});
