import { expect } from 'vitest';
import type { EventBody } from '../../src/core/events.ts';
import type { EndedRollout, StepState } from '../../src/core/model.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { specWith } from './builders.ts';
import { SimulatedWorld } from './simulated-world.ts';

/** Releases r1, r2 and r3 of one spec are recorded; nothing has ever run. */
export function newService(change: Partial<ServiceSpec> = {}): SimulatedWorld {
  const world = new SimulatedWorld();
  for (const id of ['r1', 'r2', 'r3']) world.release(id, specWith(change));
  return world;
}

/** r1 is stable in blue. */
export function settled(change: Partial<ServiceSpec> = {}): SimulatedWorld {
  const world = newService(change);
  world.say('deploy', { release: 'r1' });
  untilEnded(world);
  expect(world.state.environments.blue).toMatchObject({ role: 'stable', release: 'r1' });
  return world;
}

/** r1 is stable, r2 rolls out and has reached a step of this kind (and weight), which is running. */
export function rolling(
  kind: StepState['kind'],
  change: Partial<ServiceSpec> = {},
  weight?: number,
): SimulatedWorld {
  const world = settled(change);
  world.say('deploy', { release: 'r2' });
  untilStep(world, kind, weight);
  return world;
}

export function untilStep(world: SimulatedWorld, kind: StepState['kind'], weight?: number): void {
  world.passUntil(() => {
    const step = currentStep(world);
    const weighs = weight === undefined || (step !== undefined && 'weight' in step && step.weight === weight);
    return step?.kind === kind && step.state === 'running' && weighs;
  }, 3_600_000);
}

export function currentStep({ state }: SimulatedWorld): StepState | undefined {
  return state.rollout?.steps[state.rollout.step];
}

/** Lets time pass until no rollout runs, checks that no invariant was hurt, and returns how the last one ended. */
export function untilEnded(world: SimulatedWorld): EndedRollout {
  world.passUntil(() => world.state.rollout === null && world.state.queued === null, 48 * 3_600_000);
  expect(world.violations).toEqual([]);
  return world.state.last!;
}

export function eventsOf<Type extends EventBody['type']>(
  world: SimulatedWorld,
  type: Type,
): readonly Extract<EventBody, { type: Type }>[] {
  return world.history.filter((event) => event.type === type) as never;
}
