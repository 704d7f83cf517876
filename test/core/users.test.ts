import { describe, expect, it } from 'vitest';
import { desiredOf } from '../../src/core/desired.ts';
import { MINUTE } from './builders.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import { eventsOf, newService, rolling, settled, untilEnded, untilStep } from './stories.ts';

const routing = (world: SimulatedWorld) => desiredOf(world.state, world.observe(), world.now).routing;
const skew = { paths: 'hashed', pin: 0 } as const;
const standIns = (world: SimulatedWorld) => routing(world)?.skew?.standIns;

describe('who may answer for clients of the other release', () => {
  it('is the candidate once it has a share, and the old release for as long as it is warm', () => {
    const world = rolling('prepare', { skew });
    expect(standIns(world)).toEqual(['blue']);
    untilStep(world, 'observe');
    expect(standIns(world)).toEqual(['blue', 'green']);
    untilStep(world, 'bake');
    expect(standIns(world)).toEqual(['blue', 'green']);
    untilEnded(world);
    expect(world.state.environments.blue.role).toBe('warm');
    expect(standIns(world)).toEqual(['blue', 'green']);
    world.pass(11 * MINUTE);
    expect(standIns(world)).toEqual(['green']);
  });

  it('is no candidate from the moment that it is taken back', () => {
    const world = rolling('observe', { skew });
    world.say('abort');
    expect(standIns(world)).toEqual(['blue']);
    untilEnded(world);
    expect(standIns(world)).toEqual(['blue']);
  });

  it('is not the release that a rollback leaves, neither then nor later', () => {
    const world = rolling('bake', { skew });
    untilEnded(world);
    world.say('rollback');
    world.passUntil(() => world.state.split?.blue === 10_000, MINUTE);
    expect(world.state.rollout).toMatchObject({ kind: 'rollback', takeBack: null });
    expect(standIns(world)).toEqual(['blue']);
    untilEnded(world);
    expect(world.state.releases.r2?.standing).toBe('bad');
    expect(standIns(world)).toEqual(['blue']);
  });

  it('is nobody where it is switched off', () => {
    expect(routing(rolling('observe'))?.skew).toBeNull();
  });
});

describe('maintenance', () => {
  const wanted = { message: 'new disks', for: null, hold: 5_000 };

  it('keeps users out until it is ended, and may be changed and said twice', () => {
    const world = settled();
    world.say('maintenance', { maintenance: wanted });
    const { now } = world;
    expect(routing(world)?.maintenance).toEqual({
      message: 'new disks',
      until: null,
      hold: 5_000,
      allow: null,
    });
    world.pass(MINUTE);
    expect(world.say('maintenance', { maintenance: { ...wanted, message: 'more' } }).type).toBe(
      'command-accepted',
    );
    expect(world.state.maintenance).toMatchObject({ since: now, message: 'more', by: 'alice' });
    world.say('maintenance');
    expect(routing(world)?.maintenance).toBeNull();
    expect(world.say('maintenance')).toMatchObject({ note: expect.stringContaining('already') });
    expect(eventsOf(world, 'maintenance-ended')).toHaveLength(1);
  });

  it('that was given a time is over with it', () => {
    const world = settled();
    world.say('maintenance', { maintenance: { ...wanted, for: MINUTE } });
    expect(routing(world)?.maintenance?.until).toBe(world.now + MINUTE);
    world.pass(2 * MINUTE);
    expect(world.state.maintenance).toBeNull();
    expect(eventsOf(world, 'maintenance-ended')).toMatchObject([{ reason: 'Its time was over' }]);
  });

  it('holds no rollout, and outlives it', () => {
    const world = rolling('observe');
    world.say('maintenance', { maintenance: wanted });
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(routing(world)?.maintenance).toMatchObject({ message: 'new disks' });
  });

  it('is refused for what takes no traffic', () => {
    expect(newService().say('maintenance', { maintenance: wanted })).toMatchObject({ code: 'E_NO_TRAFFIC' });
    const worker = settled({ listen: null });
    expect(worker.say('maintenance', { maintenance: wanted })).toMatchObject({ code: 'E_NO_TRAFFIC' });
  });
});
