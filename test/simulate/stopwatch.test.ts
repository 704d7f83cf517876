import { describe, expect, test } from 'vitest';
import { quantile } from '../../src/judge/index.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { stopwatchOf } from '../../src/simulate/stopwatch.ts';

const MODEL = { median: 80, spread: 0.8 };

/** ms */
const quantileOf = (times: readonly (readonly [number, number])[], q: number) => quantile(times, q)! / 1000;

function total(times: readonly (readonly [number, number])[]): number {
  return times.reduce((sum, [, count]) => sum + count, 0);
}

describe('times of requests', () => {
  test.each([0, 1, 149, 150, 100_000])('of %i there are as many', (requests) => {
    const times = stopwatchOf(MODEL, seededRandom(1))(requests, 1);
    expect(total(times)).toBe(requests);
    expect(times.every(([, count]) => count > 0)).toBe(true);
    expect(new Set(times.map(([bucket]) => bucket)).size).toBe(times.length);
  });

  test.each([1, 3])(
    'are lognormal, drawn together or one by one; %i times as long where slower',
    (slowness) => {
      const random = seededRandom(2);
      const stopwatch = stopwatchOf(MODEL, random);
      const together = stopwatch(100_000, slowness);
      const each = Array.from({ length: 1_000 }, () => stopwatch(100, slowness)).flat();
      const summed = [...Map.groupBy(each, ([bucket]) => bucket)].map(
        ([bucket, some]) => [bucket, total(some)] as const,
      );
      for (const times of [together, summed]) {
        for (const [q, z] of [
          [0.05, -1.645],
          [0.5, 0],
          [0.95, 1.645],
          [0.99, 2.326],
        ] as const) {
          const exact = 80 * slowness * Math.exp(0.8 * z);
          // A bucket is 6.25 % wide at most, and its upper edge is what a quantile is.
          expect(quantileOf(times, q) / exact).toBeGreaterThan(0.97);
          expect(quantileOf(times, q) / exact).toBeLessThan(1.1);
        }
      }
    },
  );
});
