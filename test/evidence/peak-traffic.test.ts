import { expect, test } from 'vitest';
import type { TrafficBlock } from '../../src/core/ports.ts';
import { countTraffic, NO_TRAFFIC, peakBefore, peakOf } from '../../src/evidence/peak-traffic.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = 1_800_000_000_000;
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
