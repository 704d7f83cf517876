import { describe, expect, it } from 'vitest';
import { candidateInstances } from '../../src/core/traffic/scale.ts';
import { canary } from './builders.ts';
import { rolling, settled, untilEnded, untilStep } from './stories.ts';

const strategy = canary([1000, 5000], 'instances');

describe('a canary by instances', () => {
  it('has as many instances as come closest to the share, and its full size for all traffic', () => {
    const world = rolling('observe', { strategy, instances: 9 }, 1000);
    expect(world.last?.desired.environments).toMatchObject({
      blue: { instances: 9 },
      green: { instances: 1 },
    });
    expect(world.last?.desired.routing?.by).toBe('instances');
    untilStep(world, 'observe', 5000);
    expect(world.last?.desired.environments.green?.instances).toBe(9);
    expect(untilEnded(world).outcome).toBe('promoted');
  });

  it('widens only when the new instances are ready', () => {
    const world = rolling('observe', { strategy, instances: 4 }, 1000);
    world.behaviours.set('r2', 'never ready');
    untilStep(world, 'shift', 5000);
    world.pass(20_000);
    expect(world.state.split?.green).toBe(1000);
    expect(untilEnded(world)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('Only 1 of 4'),
    });
  });

  it.each([
    [100, 9, 1],
    [1000, 9, 1],
    [2500, 9, 3],
    [5000, 9, 9],
    [3333, 4, 2],
    [9000, 1, 9],
  ])('of %i basis points beside %i has %i', (weight, stable, instances) => {
    expect(candidateInstances(weight, stable)).toBe(instances);
  });
});

describe('a worker', () => {
  it('rolls out by instances without any router', () => {
    const world = rolling('observe', { strategy, listen: null }, 1000);
    expect(world.last?.desired.routing).toBeNull();
    expect(world.last?.desired.environments).toMatchObject({
      blue: { instances: 2 },
      green: { instances: 1 },
    });
    expect(untilEnded(world)).toMatchObject({ release: 'r2', outcome: 'promoted' });
  });

  it('is taken back by its health and its metrics', () => {
    const failing = rolling('observe', { strategy, listen: null });
    failing.become('green', 'failed');
    expect(untilEnded(failing).outcome).toBe('failed');

    const harmful = settled({ strategy, listen: null });
    harmful.say('deploy', { release: 'r2' });
    untilStep(harmful, 'observe');
    harmful.judge({ metric: 'jobs', verdict: 'harm' });
    expect(untilEnded(harmful)).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringContaining('Harm by jobs'),
    });
    expect(harmful.state.environments.green.role).toBe('empty');
  });
});
