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

test('who came in the moment before the first block counts as having come when it turns bad, and nobody else does', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 72_000, pastBad: 72, alphaBake: 0.001 });
  const state = bake.observe(bake.initial(), { at: 0, n: 0, bad: 1, late: 1, fine: 1 });
  expect(state.candidate).toEqual({ n: 1, bad: 1 });
  expect(() => bake.observe(bake.initial(), { at: 0, n: 0, bad: 2, late: 1, fine: 1 })).toThrow(
    'candidate.bad exceeds candidate.n over all blocks: 2 of 1',
  );
});

test('regulars who came in the moment before the first block are no alarm while they are hurt as often as in the past', () => {
  const bake = historyTest({ floor: 0.001, pastClients: 720_000, pastBad: 36_000, alphaBake: 0.001 });
  // All of 500 came before, and 5 % of them are hurt within the ten minutes.
  let state = bake.initial();
  for (let hurt = 0; hurt < 25; hurt += 1)
    state = bake.observe(state, { at: hurt * 24_000, n: 0, bad: 1, late: 1, fine: 500 - hurt });
  expect(bake.alarm(state)).toMatchObject({ alarm: false });
  expect(bake.alarm(state).e).toBeLessThan(1.5);
});
