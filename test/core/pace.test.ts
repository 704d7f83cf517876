/** `pace: evidence`: the rule of the harm budget inside the plan. */
import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { phaseOf, waitingFor } from '../../src/core/waiting/waits.ts';
import { canary, MINUTE } from './builders.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import { currentStep, eventsOf, newService, rolling, settled, untilEnded, untilStep } from './stories.ts';

const DAY = 24 * 60 * MINUTE;
const strategy = canary([100, 500, 2500, 5000], 'clients', 'evidence');
const evidence = (change: Partial<ServiceSpec> = {}) => ({ strategy, ...change });
const weights = (world: SimulatedWorld) =>
  eventsOf(world, 'split-changed')
    .map(({ split }) => split.green)
    .filter((weight) => weight > 0);
const waiting = (world: SimulatedWorld) =>
  waitingFor({ state: world.state, world: world.observe(), now: world.now });

/** r1 is stable, r2 was asked for, of a service with this traffic. */
function deployed(pace: Partial<SimulatedWorld['pace']>, change: Partial<ServiceSpec> = {}): SimulatedWorld {
  const world = settled(evidence(change));
  world.pace = { ...world.pace, ...pace };
  world.say('deploy', { release: 'r2' });
  return world;
}

describe('the weight', () => {
  it('begins where the budget allows when nothing is known, and grows step by step as the bound falls', () => {
    const world = deployed({ upper: 1, clientsPerSecond: 1000 });
    untilStep(world, 'shift', 100);
    world.pass(5_000);
    expect(weights(world)).toEqual([66]);
    expect(waiting(world)?.text).toContain('the harm budget to allow 1 % (10 clients)');
    world.pace = { ...world.pace, upper: 0.5 };
    untilStep(world, 'observe', 100);
    expect(weights(world)).toEqual([66, 100]);
    world.pace = { ...world.pace, upper: 0.2 };
    world.pass(40_000);
    expect(weights(world)).toEqual([66, 100, 333]);
    world.pace = { ...world.pace, upper: 0.001 };
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(weights(world)).toEqual([66, 100, 333, 500, 2500, 5000, 10_000]);
  });

  it('is not moved for less than a tenth', () => {
    const world = deployed({ upper: 1, clientsPerSecond: 1000 });
    untilStep(world, 'shift', 100);
    world.pace = { ...world.pace, upper: 0.95 };
    world.pass(20_000);
    expect(weights(world)).toEqual([66]);
  });

  it('waits until clients were counted for half a minute', () => {
    const world = settled(evidence());
    world.pace = { ...world.pace, countedSince: world.now };
    world.say('deploy', { release: 'r2' });
    untilStep(world, 'shift');
    expect(waiting(world)).toMatchObject({
      text: expect.stringContaining('clients to be counted'),
      until: world.pace.countedSince! + 30_000,
    });
    world.pass(40_000);
    expect(weights(world)[0]).toBe(100);
  });

  it('leaves out the steps in which too few clients would come', () => {
    const world = deployed({ clientsPerSecond: 1, upper: 1 });
    untilStep(world, 'observe');
    expect(weights(world)).toEqual([500]);
    const slow = deployed({ clientsPerSecond: 0.01, upper: 1 });
    untilStep(slow, 'observe');
    expect(weights(slow)).toEqual([5000]);
    expect(slow.state.rollout?.steps.filter(({ state }) => state === 'skipped')).toHaveLength(6);
  });

  it('does not grow in a pause or a freeze, nor without news', () => {
    const world = deployed({ upper: 1, clientsPerSecond: 1000 });
    untilStep(world, 'shift', 100);
    world.say('pause');
    world.pace = { ...world.pace, upper: 0.001 };
    world.pass(MINUTE);
    expect(weights(world)).toEqual([66]);
    world.telemetryLag = 30_000;
    world.say('resume');
    world.pass(2_000);
    expect(weights(world)).toEqual([66]);
    expect(waiting(world)?.text).toBe('the evidence of the last seconds');
    world.telemetryLag = 0;
    world.pass(1_000);
    expect(weights(world)).toEqual([66, 100]);
  });

  it('ends the rollout when nothing is heard for five minutes', () => {
    const world = deployed({ upper: 1, clientsPerSecond: 1000 });
    untilStep(world, 'shift', 100);
    world.telemetryLag = null;
    expect(untilEnded(world)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('no news'),
    });
  });
});

describe('at half of the clients', () => {
  const atHalf = (pace: Partial<SimulatedWorld['pace']> = {}) => {
    const world = deployed(pace);
    untilStep(world, 'observe', 5000);
    return { world, since: world.now };
  };

  it('goes on as soon as it is safe, after the dwell', () => {
    const { world, since } = atHalf();
    world.judge({ verdict: 'safe' });
    untilStep(world, 'bake');
    expect(world.now - since).toBeLessThan(40_000);
  });

  it('goes on after three minutes of leaning there, and says what may be', () => {
    const { world, since } = atHalf();
    world.judge({ leaningSafe: true });
    untilStep(world, 'bake');
    expect(Math.round((world.now - since) / 10_000)).toBe(18);
    const notes = eventsOf(world, 'step-done').map(({ note }) => note);
    expect(notes).toContainEqual(
      expect.stringMatching(
        /undecided: it hurts at most 1 % more of its clients than stable, that is 6 clients a minute/,
      ),
    );
  });

  it('goes on undecided after half an hour, or back as a precaution', () => {
    const { world, since } = atHalf();
    world.judge({});
    untilStep(world, 'bake');
    expect(Math.round((world.now - since) / MINUTE)).toBe(30);
    const { world: suspect } = atHalf();
    suspect.judge({ e: { harm: 14, safe: 0.1 } });
    expect(untilEnded(suspect)).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringContaining('as a precaution'),
    });
  });

  it('without clients goes on after half an hour, not observed', () => {
    const { world, since } = atHalf({ clients: 0, clientsPerSecond: 0 });
    untilStep(world, 'bake');
    expect(Math.round((world.now - since) / MINUTE)).toBe(30);
    const notes = eventsOf(world, 'step-done').map(({ note }) => note);
    expect(notes).toContainEqual(expect.stringContaining('not observed: no client came in 30 minutes'));
  });

  it('asks a person where the budget allows no more, goes on by itself with better evidence, and gives up after a day', () => {
    const stuck = () => {
      const { world } = atHalf();
      world.pace = { ...world.pace, clientsPerSecond: 1000, upper: 0.05 };
      world.pass(31 * MINUTE);
      return world;
    };
    const asking = stuck();
    expect(waiting(asking)?.text).toMatch(/a decision, at 50 %: .*teal promote.*teal abort.*judge\.budget/);
    expect(phaseOf(asking.state, asking.now, asking.observe())).toBe('waiting');
    expect(untilEnded(asking)).toMatchObject({ outcome: 'aborted', reason: expect.stringContaining('24 h') });
    const improving = stuck();
    improving.pace = { ...improving.pace, upper: 0.001 };
    improving.pass(10_000);
    expect(improving.state.split?.green).toBe(10_000);
    const promoted = stuck();
    promoted.say('promote');
    promoted.pass(10_000);
    expect(promoted.state.split?.green).toBe(10_000);
  });
});

describe('the bake', () => {
  const baking = (alone: number, change: Partial<ServiceSpec> = {}) => {
    const world = deployed({ alone }, change);
    world.judge({ verdict: 'safe' });
    untilStep(world, 'bake');
    return { world, since: world.now };
  };
  const minutes = (world: SimulatedWorld, since: number) => Math.round((world.now - since) / MINUTE);

  it('ends by its time where enough clients came', () => {
    const { world, since } = baking(100);
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(minutes(world, since)).toBe(10);
  });

  it('goes on until 100 came, with the old environment warm, and says so', () => {
    const { world, since } = baking(3);
    world.pass(60 * MINUTE);
    expect(waiting(world)).toMatchObject({ text: '100 clients to come in the bake', until: since + DAY });
    expect(world.state.rollout).toMatchObject({ outAt: expect.any(Number), takeBack: null });
    expect(world.state.environments.blue).toMatchObject({ role: 'stable', release: 'r1' });
    world.pace = { ...world.pace, alone: 100 };
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(minutes(world, since)).toBeLessThan(63);
  });

  it('ends after a day with fewer, and says how few', () => {
    const { world, since } = baking(1);
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(minutes(world, since)).toBe(24 * 60);
    const notes = eventsOf(world, 'step-done').map(({ note }) => note);
    expect(notes.at(-1)).toBe('Baked for 24 h without an alarm, but only 1 client came');
  });

  it('says at its end, and at that of the rollout, what it could not compare', () => {
    const { world } = baking(100);
    world.evidence = { ...world.evidence!, unjudged: ['latency: too little is known', 'errors: as little'] };
    const said = '. What the bake did not compare: latency: too little is known; errors: as little';
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted', reason: `All steps passed${said}` });
    expect(eventsOf(world, 'step-done').at(-1)!.note).toBe(`Baked without an alarm${said}`);
  });

  it('says that nobody came, where the clock ends it as well', () => {
    const { world } = baking(0, { strategy: { ...canary([5000, 10_000]), pace: 'fixed' } });
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(eventsOf(world, 'step-done').at(-1)!.note).toBe('Baked without an alarm, but nobody came');
  });

  it('is still watched meanwhile, and ends when nothing is heard of it', () => {
    const { world } = baking(3);
    world.pass(60 * MINUTE);
    world.judge({}, { metric: 'errors', at: world.now, explanation: '5 of 5' });
    expect(untilEnded(world)).toMatchObject({ outcome: 'rolled-back' });
    const deaf = baking(3).world;
    deaf.pass(60 * MINUTE);
    deaf.telemetryLag = null;
    expect(untilEnded(deaf)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('no news'),
    });
  });

  it('a router that is away for a moment when the clients have come does not end it', () => {
    const { world } = baking(3);
    world.pass(60 * MINUTE);
    world.pace = { ...world.pace, alone: 100 };
    world.routerLag = null;
    world.pass(20_000);
    expect(world.state.rollout?.takeBack).toBeNull();
    world.routerLag = 0;
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
  });

  it.each([
    ['a bake of 0', { bake: 0 }],
    ['a fixed pace', { strategy: canary([1000, 5000]) }],
  ])('%s waits for nobody', (_, change) => {
    const world = deployed({ alone: 0 }, change);
    const since = world.now;
    world.judge({ verdict: 'safe' });
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(minutes(world, since)).toBeLessThan(15);
  });

  it('of a first release waits for nobody', () => {
    const world = newService(evidence());
    world.pace = { ...world.pace, alone: 0 };
    world.say('deploy', { release: 'r1' });
    const since = world.now;
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
    expect(minutes(world, since)).toBe(10);
  });
});

it('a step with a time or a gate of its own keeps it', () => {
  const gate = { within: 10 * MINUTE, otherwise: 'abort' } as const;
  const mixed = canary(
    [
      { weight: 100, for: 5 * MINUTE, approve: null },
      { weight: 1000, for: null, approve: gate },
      { weight: 5000, for: null, approve: null },
    ],
    'clients',
    'evidence',
  );
  const world = deployed({ clientsPerSecond: 0.01 }, { strategy: mixed });
  untilStep(world, 'observe', 100);
  world.pass(4 * MINUTE);
  expect(currentStep(world)).toMatchObject({ kind: 'observe', weight: 100 });
  world.pass(2 * MINUTE);
  expect(currentStep(world)).toMatchObject({ kind: 'approve' });
  world.say('approve');
  untilStep(world, 'observe', 5000);
});

it('a crash at any moment of the ramp changes nothing', () => {
  const world = rolling('shift', evidence(), 100);
  for (const upper of [1, 0.3, 0.05, 0.001]) {
    world.pace = { ...world.pace, clientsPerSecond: 1000, upper };
    world.crashBeforeConverging();
    world.pass(31_000);
  }
  world.judge({ verdict: 'safe' });
  expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
  const grown = weights(world);
  expect(grown).toEqual(grown.toSorted((a, b) => a - b));
});

it('a fixed pace does not look at the budget', () => {
  const world = settled({ strategy: canary([1000, 5000]) });
  world.pace = { upper: 1, clientsPerSecond: 1_000_000, countedSince: null, clients: 0, alone: 0 };
  world.say('deploy', { release: 'r2' });
  expect(untilEnded(world)).toMatchObject({ outcome: 'promoted' });
  expect(weights(world)).toEqual([1000, 5000, 10_000]);
});
