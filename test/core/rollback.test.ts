import { describe, expect, it } from 'vitest';
import { MINUTE } from './builders.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import { eventsOf, rolling, settled, untilEnded } from './stories.ts';

/** r1, then r2 were promoted. */
function promotedTwice(change = {}): SimulatedWorld {
  const world = settled(change);
  world.say('deploy', { release: 'r2' });
  untilEnded(world);
  return world;
}

describe('a rollback after the switch', () => {
  it('goes back to the warm environment in one decision, without preparing anything', () => {
    const world = promotedTwice();
    world.say('rollback');
    expect(world.state.split).toEqual({ blue: 10_000, green: 0 });
    expect(world.state.rollout?.steps.map(({ kind }) => kind)).toEqual(['shift']);
    expect(untilEnded(world)).toMatchObject({ kind: 'rollback', release: 'r1', outcome: 'promoted' });
    expect(world.state.releases).toMatchObject({ r1: { standing: 'good' }, r2: { standing: 'bad' } });
    world.pass(2_000);
    expect(world.state.environments).toMatchObject({ blue: { role: 'stable' }, green: { role: 'empty' } });
  });

  it('prepares the release again when the old environment has been stopped', () => {
    const world = promotedTwice({ keep: 0 });
    world.pass(30_000);
    expect(world.state.environments.blue.role).toBe('empty');
    world.say('rollback');
    expect(world.state.rollout?.steps.map(({ kind }) => kind)).toEqual(['prepare', 'shift']);
    expect(world.state.split).toEqual({ blue: 0, green: 10_000 });
    expect(untilEnded(world)).toMatchObject({ release: 'r1', outcome: 'promoted' });
  });

  it('prepares it where the warm environment has crashed', () => {
    const world = promotedTwice();
    world.become('blue', 'backing-off');
    world.say('rollback');
    expect(world.state.rollout?.steps[0]?.kind).toBe('prepare');
    world.become('blue', 'ready');
    expect(untilEnded(world)).toMatchObject({ release: 'r1', outcome: 'promoted' });
  });

  it('is not undone by saying it twice', () => {
    const world = promotedTwice({ keep: 0 });
    world.pass(30_000);
    world.say('rollback');
    expect(world.say('rollback')).toMatchObject({ note: expect.stringContaining('already') });
    expect(untilEnded(world)).toMatchObject({ release: 'r1', outcome: 'promoted' });
  });

  it('goes further back the second time', () => {
    const world = promotedTwice();
    world.say('deploy', { release: 'r3' });
    untilEnded(world);
    world.say('rollback');
    expect(untilEnded(world).release).toBe('r2');
    world.say('rollback');
    expect(untilEnded(world).release).toBe('r1');
    expect(world.say('rollback')).toMatchObject({ code: 'E_NOTHING_TO_ROLL_BACK_TO' });
  });

  it('goes to the release that is named, if it was ever stable', () => {
    const world = promotedTwice();
    expect(world.say('rollback', { release: 'r3' })).toMatchObject({ code: 'E_NOTHING_TO_ROLL_BACK_TO' });
    expect(world.say('rollback', { release: 'r8' })).toMatchObject({ code: 'E_UNKNOWN_RELEASE' });
    expect(world.say('rollback', { release: 'r2' })).toMatchObject({
      note: expect.stringContaining('nothing to do'),
    });
    world.say('rollback', { release: 'r1' });
    expect(untilEnded(world).release).toBe('r1');
  });

  it('that cannot start its release leaves everything as it was', () => {
    const world = promotedTwice({ keep: 0 });
    world.pass(30_000);
    world.behaviours.set('r1', 'fails');
    world.say('rollback');
    expect(untilEnded(world)).toMatchObject({ kind: 'rollback', outcome: 'failed' });
    expect(world.state.split).toEqual({ blue: 0, green: 10_000 });
    expect(world.state.releases.r2?.standing).toBe('good');
  });

  it('is not held by a freeze', () => {
    const always = { text: 'always', fromDay: 0, fromMinute: 0, toDay: 0, toMinute: 0, timeZone: 'UTC' };
    const world = promotedTwice();
    const { r1, r2 } = world.state.releases;
    const frozen = { ...r1!, spec: { ...r1!.spec, freeze: [always] } };
    world.state = { ...world.state, releases: { r1: frozen, r2: r2! } };
    world.say('rollback');
    expect(world.state.split).toEqual({ blue: 10_000, green: 0 });
  });
});

describe('a rollback to another release during a rollout', () => {
  it('takes the candidate back and then goes there', () => {
    const world = promotedTwice();
    world.say('deploy', { release: 'r3' });
    world.passUntil(() => world.state.rollout?.exposed === true, MINUTE);
    world.say('rollback', { release: 'r1' });
    world.passUntil(() => world.state.last?.release === 'r3', MINUTE);
    expect(untilEnded(world)).toMatchObject({ kind: 'rollback', release: 'r1', outcome: 'promoted' });
  });
});

describe('a point of no return', () => {
  const hooks = { 'before-prepare': { run: './migrate.sh', within: 9_000, pointOfNoReturn: true } };

  it('makes taking back ask, by every verb', () => {
    const world = rolling('observe', { hooks });
    for (const verb of ['rollback', 'abort'] as const) {
      expect(world.say(verb)).toMatchObject({
        code: 'E_CONFIRM',
        reason: expect.stringContaining('before-prepare'),
      });
    }
    expect(world.say('deploy', { release: 'r3', replace: true })).toMatchObject({ code: 'E_CONFIRM' });
    world.say('rollback', { yes: true });
    expect(untilEnded(world).outcome).toBe('rolled-back');
  });

  it('makes a later rollback ask, too', () => {
    const world = promotedTwice({ hooks });
    expect(world.say('rollback')).toMatchObject({ code: 'E_CONFIRM' });
    world.say('rollback', { yes: true });
    expect(untilEnded(world).release).toBe('r1');
  });

  it('never stands in the way of harm', () => {
    const world = rolling('observe', { hooks });
    world.judge({ verdict: 'harm' });
    world.look();
    expect(world.state.split).toEqual({ blue: 10_000, green: 0 });
  });
});

describe('hooks', () => {
  const hook = { run: './x', within: 9_000, pointOfNoReturn: false };

  it('run in their places and their failure takes back', () => {
    const world = settled({ hooks: { 'before-shift': hook, 'after-shift': hook } });
    world.jobs.set('after-shift', 'fails');
    world.say('deploy', { release: 'r2' });
    expect(world.state.rollout?.steps.map((step) => (step.kind === 'hook' ? step.hook : step.kind))).toEqual([
      'prepare',
      'before-shift',
      'shift',
      'observe',
      'shift',
      'observe',
      'shift',
      'after-shift',
      'bake',
    ]);
    expect(untilEnded(world)).toMatchObject({
      outcome: 'failed',
      reason: 'Hook after-shift failed: exit code 1',
    });
    expect(eventsOf(world, 'take-back-decided')[0]?.by).toBe('hook');
  });

  it('after the end are recorded and change nothing', () => {
    const world = settled({ hooks: { 'after-promote': hook } });
    world.jobs.set('after-promote', 'fails');
    expect(world.last?.desired.jobs.map(({ id }) => id)).toEqual(['shop-1/after/after-promote']);
    world.pass(3_000);
    expect(world.last?.desired.jobs).toEqual([]);
    expect(world.state.last?.outcome).toBe('promoted');
  });

  it('after a rollback run when the candidate was taken back', () => {
    const world = rolling('observe', { hooks: { 'after-rollback': hook } });
    world.say('rollback');
    untilEnded(world);
    expect(world.state.afterwards.map(({ name, release }) => [name, release])).toEqual([
      ['after-rollback', 'r2'],
    ]);
  });
});
