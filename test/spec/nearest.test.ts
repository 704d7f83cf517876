import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/spec/problems/nearest.ts';

test('insertions, deletions, substitutions and swaps count one each', () => {
  expect(editDistance('ready', 'ready')).toBe(0);
  expect(editDistance('redy', 'ready')).toBe(1);
  expect(editDistance('raedy', 'ready')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('kitten', 'sitting')).toBe(3);
});

test('only what is near is suggested', () => {
  const keys = ['run', 'ready', 'listen', 'on-alarm', 'keep-releases'];
  expect(nearest('lisetn', keys)).toBe('listen');
  expect(nearest('onAlarm', keys)).toBe('on-alarm');
  expect(nearest('keep_release', keys)).toBe('keep-releases');
  expect(nearest('colour', keys)).toBeNull();
  expect(nearest('x', ['run'])).toBeNull();
});
