import { expect, test } from 'vitest';
import { historyTest } from '../../src/judge/index.ts';

/** The beginning of ten minutes in which a client counts once. */
const SLOT = 1_800_000_000_000;
const MINUTE = 60_000;

test('regulars who are hurt minutes after they came are no alarm while their share is below the limit', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 72_000, pastBad: 4_300, alphaBake: 0.001 });
  let state = bake.observe(bake.initial(), { at: SLOT, n: 500, bad: 0 });
  // 24 of 500 in the ten minutes are 4.8 %; the past allows 12 %.
  for (let minute = 1; minute < 9; minute += 1) {
    state = bake.observe(state, { at: SLOT + minute * MINUTE, n: 0, bad: 3 });
  }
  expect(bake.alarm(state)).toMatchObject({ alarm: false });
  expect(bake.alarm(state).e).toBeLessThan(1.5);
});

test('regulars who are hurt above the limit are an alarm, also when it begins late', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 72_000, pastBad: 72, alphaBake: 0.001 });
  let state = bake.observe(bake.initial(), { at: SLOT, n: 500, bad: 0 });
  for (let second = 0; second < 60; second += 1) {
    state = bake.observe(state, { at: SLOT + 5 * MINUTE + second * 1_000, n: 0, bad: 1 });
  }
  expect(bake.alarm(state)).toMatchObject({ alarm: true });
});
