import { expect, test } from 'vitest';
import type { TrafficBlock } from '../../src/core/ports.ts';
import { countTraffic, NO_TRAFFIC, peakBefore, peakOf } from '../../src/evidence/peak-traffic.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** In the middle of what the router counts clients once in. */
const START = 1_800_000_000_000 + 300_000;
const block = (at: number, seen: number) =>
  ({ at, clients: { seen, hurt: 0, hurtInRollout: 0 } }) as unknown as TrafficBlock;

test('the peak is the busiest ten seconds, the running ones included', () => {
  let peak = countTraffic(NO_TRAFFIC, [block(START, 30), block(START + 9_000, 50)], START + 10_000);
  expect(peak.since).toBe(START + 10_000);
  expect(peakOf(peak)).toBe(8);
  peak = countTraffic(peak, [block(START + 10_000, 20)], START + 11_000);
  expect(peakOf(peak)).toBe(8);
  peak = countTraffic(peak, [block(START + 12_000, 100)], START + 13_000);
  expect(peakOf(peak)).toBe(12);
});

test('a block that comes late counts in the ten seconds that run', () => {
  const peak = countTraffic(NO_TRAFFIC, [block(START + 20_000, 30), block(START, 30)], START + 21_000);
  expect(peakOf(peak)).toBe(6);
});

test('after a day a peak is forgotten, and the state does not grow', () => {
  let peak = countTraffic(NO_TRAFFIC, [block(START, 1000)], START + 1_000);
  for (let at = START + 10_000; at < START + 2 * DAY; at += 600_000) {
    peak = countTraffic(peak, [block(at, 10)], at + 1_000);
    if (at < START + 23 * HOUR) expect(peakOf(peak)).toBe(100);
  }
  expect(peakOf(peak)).toBe(1);
  expect(peak.hours.length).toBeLessThanOrEqual(26);
  expect(JSON.parse(JSON.stringify(peak))).toEqual(peak);
});

test('a gap of more than a day begins anew, a shorter one does not', () => {
  const peak = countTraffic(NO_TRAFFIC, [block(START, 40)], START + 1_000);
  expect(countTraffic(peak, [], START + 2 * HOUR).since).toBe(START + 1_000);
  const later = countTraffic(peak, [], START + 1_001 + DAY);
  expect(later).toMatchObject({ since: START + 1_001 + DAY });
  expect(peakOf(later)).toBe(0);
});

test('a day that was known otherwise is one that was counted', () => {
  const peak = peakBefore(START, 70);
  expect(peakOf(peak)).toBe(7);
  expect(peakOf(countTraffic(peak, [block(START, 5)], START + 500))).toBe(7);
});

test('when everybody is counted anew, it shows how many come in two seconds', () => {
  const turn = START + 300_000;
  // 6,300 of 10,000 clients who come every other second, and the rest of them soon after.
  let peak = countTraffic(NO_TRAFFIC, [block(turn, 3_900), block(turn + 1_000, 2_400)], turn + 2_000);
  peak = countTraffic(peak, [block(turn + 2_000, 3_700)], turn + 3_000);
  expect(peakOf(peak)).toBeCloseTo((6_300 - 2 * Math.sqrt(6_300)) / 2, 0);
  peak = countTraffic(peak, [block(turn + 10_000, 5)], turn + 11_000);
  expect(peakOf(peak)).toBeGreaterThan(3_000);
  // Of clients who come once it shows nothing new.
  const strangers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => block(turn + second * 1_000, 100));
  expect(peakOf(countTraffic(NO_TRAFFIC, strangers, turn + 10_000))).toBe(100);
});
