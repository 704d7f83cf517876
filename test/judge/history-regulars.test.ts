import { expect, test } from 'vitest';
import { historyTest } from '../../src/judge/index.ts';

const MINUTE = 60_000;

test('regulars who are hurt minutes after they came are no alarm while their share is below the limit', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 72_000, pastBad: 4_300, alphaBake: 0.001 });
  let state = bake.observe(bake.initial(), { at: 0, n: 500, bad: 0 });
  // 24 of 500 in the ten minutes are 4.8 %; the past allows 12 %.
  for (let minute = 1; minute < 9; minute += 1) {
    const fine = 500 - 3 * (minute - 1);
    state = bake.observe(state, { at: minute * MINUTE, n: 0, bad: 3, late: 3, fine });
  }
  expect(bake.alarm(state)).toMatchObject({ alarm: false });
  expect(bake.alarm(state).e).toBeLessThan(1.5);
});

test('regulars who are hurt above the limit are an alarm, also when it begins late', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 72_000, pastBad: 72, alphaBake: 0.001 });
  let state = bake.observe(bake.initial(), { at: 0, n: 500, bad: 0 });
  for (let second = 0; second < 60; second += 1) {
    const at = 5 * MINUTE + second * 1_000;
    state = bake.observe(state, { at, n: 0, bad: 1, late: 1, fine: 500 - second });
  }
  expect(bake.alarm(state)).toMatchObject({ alarm: true });
});

test('a failure that begins late is found by those who come then, however many were fine before', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 720_000, pastBad: 720, alphaBake: 0.001 });
  let state = bake.observe(bake.initial(), { at: 0, n: 300_000, bad: 300 });
  let second = 0;
  for (; state.alarm === null && second < 60; second += 1) {
    state = bake.observe(state, { at: 5 * MINUTE + second * 1_000, n: 1_000, bad: 20, fine: 299_700 });
  }
  expect(second).toBeLessThanOrEqual(2);
});
