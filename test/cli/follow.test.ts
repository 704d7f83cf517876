import { expect, test } from 'vitest';
import { createBell } from '../../src/cli/follow/bell.ts';
import { EXIT_CODES, standing } from '../../src/cli/follow/progress.ts';
import { canaryRollout, rolling, takenBack } from './canned.ts';

const release = '20260131-115800-def5678';
const followed = { rollout: 'shop-7', release };

test('a rollout runs, is out, and has ended', () => {
  expect(standing(followed, rolling)).toEqual({ kind: 'running', rollout: 'shop-7' });
  const out = { ...rolling, rollout: { ...canaryRollout, outAt: '2026-01-31T12:00:00.000Z' } };
  expect(standing(followed, out)).toMatchObject({ kind: 'out', rollout: 'shop-7' });
  expect(standing(followed, takenBack)).toMatchObject({ kind: 'ended', outcome: 'rolled-back' });
});

test('one that is out but being taken back is not out', () => {
  const back = { ...canaryRollout, outAt: '2026-01-31T12:00:00.000Z', takingBack: true };
  expect(standing(followed, { ...rolling, rollout: back }).kind).toBe('running');
});

test('a queued one waits for the running one, and is known by its release then', () => {
  const queued = { rollout: null, release };
  const other = { ...rolling, candidate: { release: 'another', environment: 'green' as const } };
  expect(standing(queued, other)).toEqual({ kind: 'queued' });
  expect(standing(queued, rolling)).toEqual({ kind: 'running', rollout: 'shop-7' });
  expect(standing(queued, takenBack)).toEqual({ kind: 'gone' });
});

test('a rollout that neither runs nor was the last is gone', () => {
  expect(standing({ rollout: 'shop-3', release }, takenBack)).toEqual({ kind: 'gone' });
});

test('each outcome has its exit code', () => {
  expect(EXIT_CODES).toEqual({ promoted: 0, 'rolled-back': 3, failed: 4, aborted: 5 });
});

test('a ring before the wait is not lost, and several count as one', async () => {
  const bell = createBell();
  const { signal } = new AbortController();
  bell.ring();
  bell.ring();
  await bell.rung(60_000, signal);
  let rung = false;
  const second = bell.rung(60_000, signal).then(() => {
    rung = true;
  });
  expect(rung).toBe(false);
  bell.ring();
  await second;
  expect(rung).toBe(true);
});
