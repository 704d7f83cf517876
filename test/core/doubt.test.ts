import { expect, it } from 'vitest';
import { canary } from './builders.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import { currentStep, eventsOf, rolling, untilEnded, untilStep } from './stories.ts';

const WHY = '900 of 1,000 clients reached the candidate, where its weight asks for 10 %';

function doubted(world: SimulatedWorld): void {
  world.judge({});
  world.evidence = { ...world.evidence!, doubt: { explanation: WHY } };
  world.look();
}

it('stops progress once, says why, and goes on when a person says so', () => {
  const world = rolling('observe', { strategy: canary([1000, 5000]) });
  doubted(world);
  expect(world.state.rollout?.pause).toMatchObject({ by: 'teal', reason: expect.stringContaining(WHY) });
  const before = world.state.split;
  world.pass(120_000);
  expect(world.state.split).toEqual(before);
  world.say('resume');
  untilStep(world, 'bake');
  expect(eventsOf(world, 'evidence-doubted')).toHaveLength(1);
});

it('does not suspend safety', () => {
  const world = rolling('observe', { strategy: canary([1000, 5000]) });
  doubted(world);
  world.judge({ verdict: 'harm' });
  world.look();
  expect(untilEnded(world)).toMatchObject({ outcome: 'rolled-back' });
});

it('nobody looks into for a day: taken back', () => {
  const world = rolling('observe', { strategy: canary([1000, 5000]) });
  doubted(world);
  expect(untilEnded(world)).toMatchObject({
    outcome: 'aborted',
    reason: expect.stringContaining('not resumed'),
  });
});

it('changes nothing where all traffic is on the candidate', () => {
  const world = rolling('bake', { strategy: canary([1000, 5000]) });
  doubted(world);
  expect(world.state.rollout?.pause).toBeNull();
  expect(currentStep(world)?.kind).toBe('bake');
});
