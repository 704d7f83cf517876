import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatDuration,
  formatFactor,
  formatRate,
  formatShare,
  formatSize,
  parseClients,
  parseDuration,
  parseFactor,
  parseRate,
  parseShare,
  parseSize,
} from '../../src/spec/units.ts';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  [' 1h 30m ', 5_400_000],
  ['0s', 0],
])('duration %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['', '5', 's', '-5s', '5 s', '1e3s', '5sec', '99999999999999999999d', '.5s'])(
  'no duration: %j',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

test('durations in words', () => {
  expect(formatDuration(0)).toBe('0s');
  expect(formatDuration(5_400_000)).toBe('1h30m');
  expect(formatDuration(61_001, 'words')).toBe('1 minute 1 second 1 millisecond');
  expect(formatDuration(7_200_000, 'words')).toBe('2 hours');
  expect(formatDuration(0, 'words')).toBe('0 seconds');
});

test('shares are the nearest double, not a rounded division', () => {
  expect(parseShare('0.7%')).toBe(0.007);
  expect(parseShare('0.1%')).toBe(0.001);
  expect(parseShare('100%')).toBe(1);
  expect(parseShare('100.1%')).toBeNull();
  expect(parseShare('5')).toBeNull();
});

test('rates, factors, sizes', () => {
  expect(parseRate('50/s')).toBe(50);
  expect(parseRate('90/m')).toBe(1.5);
  expect(parseRate('0/s')).toBeNull();
  expect(parseRate('5')).toBeNull();
  expect(parseFactor('1.25x')).toBe(1.25);
  expect(parseFactor('0.9x')).toBeNull();
  expect(parseClients('10 clients')).toBe(10);
  expect(parseClients('1 client')).toBe(1);
  expect(parseClients('0 clients')).toBeNull();
  expect(parseClients('ten clients')).toBeNull();
  expect(parseSize('512M')).toBe(536_870_912);
  expect(parseSize('1.5GiB')).toBe(1_610_612_736);
  expect(parseSize('64KB')).toBe(65_536);
  expect(parseSize('100')).toBe(100);
  expect(parseSize('M')).toBeNull();
});

test('what is formatted reads as the same value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (value) => {
      expect(parseDuration(formatDuration(value))).toBe(value);
      expect(parseSize(formatSize(value))).toBe(value);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 6 }), (millionths) => {
      expect(parseShare(formatShare(millionths / 10 ** 6))).toBe(millionths / 10 ** 6);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 7 }), (thousandths) => {
      expect(parseRate(formatRate(thousandths / 1000))).toBe(thousandths / 1000);
      expect(parseFactor(formatFactor(1 + thousandths / 1000))).toBe(1 + thousandths / 1000);
    }),
  );
});
