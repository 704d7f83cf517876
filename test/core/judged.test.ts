/** Nothing widens on news that is missing, and nobody has all traffic unwatched. */
import { expect, it } from 'vitest';
import { MINUTE } from './builders.ts';
import { currentStep, rolling, untilEnded, untilStep } from './stories.ts';

it('a daemon that was away for a whole dwell widens only when it has caught up with what happened', () => {
  const world = rolling('observe', {}, 1000);
  world.telemetryLag = 5 * MINUTE;
  world.crash();
  world.now += 2 * MINUTE;
  world.pass(10_000);
  expect(world.state.split?.green).toBe(1000);
  world.judge({ verdict: 'harm' });
  expect(untilEnded(world)).toMatchObject({ outcome: 'rolled-back' });
});

it('goes on as soon as the judge has caught up', () => {
  const world = rolling('observe', {}, 1000);
  world.telemetryLag = 5 * MINUTE;
  world.pass(50_000);
  expect(currentStep(world)).toMatchObject({ kind: 'shift', state: 'pending' });
  world.telemetryLag = 0;
  world.pass(1_000);
  expect(world.state.split?.green).toBeGreaterThan(1000);
});

it('a router that tells nothing for a minute after the dwell ends the rollout', () => {
  const world = rolling('observe');
  world.telemetryLag = null;
  expect(untilEnded(world)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('no news') });
});

it('a bake ends only when the judge has seen all of it', () => {
  const world = rolling('bake', { bake: MINUTE });
  world.telemetryLag = null;
  world.pass(MINUTE + 10_000);
  expect(currentStep(world)).toMatchObject({ kind: 'bake', state: 'running' });
  world.telemetryLag = 0;
  expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
});

it('with all traffic on the candidate an alarm counts before the bake has begun, in a hook', () => {
  const hooks = { 'after-shift': { run: './warm-up.sh', within: 10 * MINUTE, pointOfNoReturn: false } };
  const world = rolling('prepare', { onAlarm: 'rollback', hooks });
  world.jobs.set('after-shift', 'is silent');
  untilStep(world, 'hook');
  expect(world.last?.desired.judging).toMatchObject({ against: 'history' });
  world.judge({}, { metric: 'errors', at: world.now, explanation: 'five times as usual' });
  expect(untilEnded(world)).toMatchObject({ outcome: 'rolled-back' });
});

it('a retreat out of a hook goes back to all traffic when it leans to safe, and ends at its deadline when not', () => {
  const hooks = { 'after-shift': { run: './warm-up.sh', within: 3 * 60 * MINUTE, pointOfNoReturn: false } };
  for (const leaningSafe of [true, false]) {
    const world = rolling('prepare', { onAlarm: 'retreat', hooks });
    world.jobs.set('after-shift', 'is silent');
    untilStep(world, 'hook');
    world.judge({ leaningSafe }, { metric: 'errors', at: world.now, explanation: 'five times as usual' });
    world.look();
    expect(world.state.split?.green).toBe(5000);
    world.pass(leaningSafe ? 3 * MINUTE : 31 * MINUTE);
    if (leaningSafe) expect(world.state.split?.green).toBe(10_000);
    else expect(world.state.rollout?.takeBack ?? world.state.last).toMatchObject({ outcome: 'rolled-back' });
    expect(world.violations).toEqual([]);
  }
});
