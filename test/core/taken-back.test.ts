import { describe, expect, it } from 'vitest';
import type { StepState } from '../../src/core/model.ts';
import { waitingFor } from '../../src/core/waiting/waits.ts';
import { blueGreen, canary, check, MINUTE } from './builders.ts';
import { currentStep, eventsOf, rolling, settled, untilEnded, untilStep } from './stories.ts';

const gated = canary([{ weight: 1000, for: null, approve: { within: MINUTE, otherwise: 'abort' } }]);
const everything = {
  strategy: gated,
  checks: [check('smoke')],
  hooks: { 'before-prepare': { run: './x', within: 9000, pointOfNoReturn: false } },
};

describe('a rollback or an abort', () => {
  const kinds: readonly StepState['kind'][] = [
    'hook',
    'prepare',
    'verify',
    'shift',
    'observe',
    'approve',
    'bake',
  ];
  it.each(kinds)('during %s moves all traffic to stable in the same decision and ends', (kind) => {
    for (const [verb, outcome] of [
      ['rollback', 'rolled-back'],
      ['abort', 'aborted'],
    ] as const) {
      const world = settled(everything);
      world.routerLag = kind === 'shift' ? 300 : 0;
      world.say('deploy', { release: 'r2' });
      if (kind === 'bake') world.say('promote');
      untilStep(world, kind);
      world.say(verb);
      expect(world.last?.desired.routing?.split).toEqual({ blue: 10_000, green: 0 });
      expect(untilEnded(world)).toMatchObject({ release: 'r2', outcome });
      expect(world.state.environments).toMatchObject({ blue: { release: 'r1' }, green: { role: 'empty' } });
    }
  });

  it('is no error when it is said again', () => {
    const world = rolling('observe');
    world.say('abort');
    expect(world.say('rollback')).toMatchObject({ type: 'command-accepted' });
    expect(eventsOf(world, 'take-back-decided')).toHaveLength(1);
  });

  it('drops what was queued behind', () => {
    const world = rolling('observe');
    world.say('deploy', { release: 'r3', replace: true });
    world.say('abort');
    untilEnded(world);
    expect(world.state.rollouts).toBe(2);
  });
});

describe('a candidate that is taken back', () => {
  it('keeps its instances until its requests have ended', () => {
    const world = rolling('observe', {}, 5000);
    world.requests = 8_000;
    world.say('rollback');
    world.pass(5_000);
    expect(world.state.environments.green).toMatchObject({ role: 'draining' });
    expect(world.last?.desired.environments.green).toMatchObject({ release: 'r2' });
    world.pass(6_000);
    expect(world.state.rollout).toBeNull();
  });

  it('is stopped at the drain deadline whatever still runs', () => {
    const world = rolling('observe', {}, 5000);
    world.requests = 3_600_000;
    const from = world.now;
    world.say('rollback');
    untilEnded(world);
    expect(world.now - from).toBeLessThan(25_000);
  });

  it('ends also when the router is away', () => {
    const world = rolling('observe', {}, 5000);
    world.routerLag = null;
    const from = world.now;
    world.say('rollback');
    untilEnded(world);
    expect(world.now - from).toBeLessThan(90_000);
    expect(world.types).not.toContain('take-back-acknowledged');
  });
});

describe('harm', () => {
  it.each(['approve', 'observe', 'bake'] as const)('takes back at once during %s', (kind) => {
    const world = rolling(kind, kind === 'approve' ? { strategy: gated } : {});
    world.judge({ verdict: 'harm' }, null, 3);
    world.look();
    expect(world.state.split).toEqual({ blue: 10_000, green: 0 });
    expect(untilEnded(world)).toMatchObject({ outcome: 'rolled-back', hurt: 3 });
    expect(world.state.last?.reason).toContain('12 of 240 clients got errors');
    expect(world.state.releases.r2?.standing).toBe('bad');
  });

  it('takes back in a pause', () => {
    const world = rolling('observe');
    world.say('pause');
    world.judge({ verdict: 'harm' });
    world.look();
    expect(world.state.rollout?.takeBack?.by).toBe('verdict');
  });

  it('that only all metrics together prove takes back, too', () => {
    const world = rolling('observe');
    world.judge({ verdict: 'undecided' });
    world.evidence = { ...world.evidence!, together: { explanation: 'a little of each' } };
    expect(untilEnded(world).outcome).toBe('rolled-back');
    expect(world.state.last?.reason).toBe('Harm by all metrics together: a little of each');
  });

  it('says that one instance may be bad where the release is not, and nothing of it where there are more', () => {
    for (const instances of [1, 2]) {
      const world = rolling('observe', { instances });
      world.judge({ verdict: 'harm' });
      untilEnded(world);
      const { reason } = world.state.last!;
      if (instances === 1)
        expect(reason).toContain('The candidate has one instance: that this one is bad by itself');
      else expect(reason).not.toContain('one instance');
    }
  });

  it('of another rollout means nothing', () => {
    const world = rolling('observe');
    world.judge({ verdict: 'harm' });
    world.evidence = { ...world.evidence!, rollout: 'shop-1' };
    world.pass(MINUTE);
    expect(world.types).not.toContain('verdict-reached');
    expect(world.state.rollout?.takeBack).toBeNull();
  });
});

describe('a release that does not start', () => {
  it('ends at once when the platform gives it up, with the cause', () => {
    const world = settled();
    world.behaviours.set('r2', 'fails');
    world.say('deploy', { release: 'r2' });
    const { outcome, reason } = untilEnded(world);
    expect(outcome).toBe('failed');
    expect(reason).toContain('exited with code 1');
    expect(reason).toContain('GET /healthz: 500');
    expect(reason).toContain('Error: no database');
    expect(world.types).not.toContain('health-lost');
  });

  it('ends at its deadline when it never becomes ready', () => {
    const world = settled();
    world.behaviours.set('r2', 'never ready');
    const from = world.now;
    world.say('deploy', { release: 'r2' });
    expect(untilEnded(world)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('not within 60 s of its start'),
    });
    expect(world.now - from).toBeLessThan(80_000);
  });
});

describe('loss of health', () => {
  it('for ten seconds takes the candidate back', () => {
    const world = rolling('observe', { dwell: 5 * MINUTE });
    world.become('green', 'unready');
    world.look();
    world.pass(5_000);
    expect(world.state.rollout?.takeBack).toBeNull();
    world.pass(6_000);
    expect(eventsOf(world, 'take-back-decided').at(-1)?.by).toBe('health');
  });

  it('again and again, as an instance exits, takes the candidate back at the third time', () => {
    const world = rolling('observe', { dwell: 5 * MINUTE });
    for (const times of [1, 2]) {
      world.pass(20_000);
      world.exit('green');
      world.look();
      expect(world.state.rollout?.takeBack, `${times}`).toBeNull();
    }
    world.pass(20_000);
    world.exit('green');
    world.look();
    expect(eventsOf(world, 'take-back-decided').at(-1)).toMatchObject({
      by: 'health',
      reason: expect.stringMatching(/^An instance of r2 exits again and again: .*3 restarts/),
    });
  });

  it('again and again of both is not the release', () => {
    const world = rolling('observe', { dwell: 5 * MINUTE });
    for (let times = 0; times < 4; times += 1) {
      world.pass(20_000);
      world.exit('green');
      world.exit('blue');
      world.look();
    }
    expect(world.state.rollout?.takeBack).toBeNull();
  });

  it('that passes is only recorded', () => {
    const world = rolling('observe', { dwell: 5 * MINUTE });
    world.become('green', 'unready');
    world.pass(5_000);
    world.become('green', 'ready');
    world.pass(20_000);
    expect(world.types).toContain('health-regained');
    expect(world.state.rollout?.takeBack).toBeNull();
  });

  it('of stable does not hold up its own repair', () => {
    const world = rolling('observe');
    world.become('blue', 'backing-off');
    expect(untilEnded(world)).toMatchObject({ release: 'r2', outcome: 'promoted' });
  });

  it('of stable defers what a clock decides, and not what a person does', () => {
    const world = rolling('approve', { strategy: gated });
    world.become('blue', 'backing-off');
    world.pass(2 * MINUTE);
    expect(world.state.rollout?.takeBack).toBeNull();
    world.become('blue', 'ready');
    world.look();
    expect(world.state.rollout?.takeBack?.by).toBe('gate');

    const asked = rolling('approve', { strategy: gated });
    asked.become('blue', 'backing-off');
    asked.say('rollback');
    expect(asked.state.split).toEqual({ blue: 10_000, green: 0 });
  });

  it('of stable defers for five minutes at most', () => {
    const world = rolling('approve', { strategy: gated });
    world.become('blue', 'backing-off');
    world.pass(5 * MINUTE + 5_000);
    expect(eventsOf(world, 'take-back-decided').at(-1)?.by).toBe('gate');
  });
});

describe('checks', () => {
  it('that fail end the rollout before any client saw the candidate', () => {
    const world = settled({ checks: [check('smoke')] });
    world.jobs.set('smoke', 'fails');
    world.say('deploy', { release: 'r2' });
    expect(untilEnded(world)).toMatchObject({
      outcome: 'rolled-back',
      reason: 'Check smoke failed: exit code 1',
    });
    expect(eventsOf(world, 'rollout-started').at(-1)?.candidate.release).toBe('r2');
    expect(world.state.split).toEqual({ blue: 10_000, green: 0 });
    expect(world.types.lastIndexOf('candidate-exposed')).toBeLessThan(
      world.types.lastIndexOf('rollout-started'),
    );
  });

  it('are tried again as often as they may', () => {
    const world = settled({ checks: [check('smoke', { retries: 2 })] });
    world.jobs.set('smoke', 'fails');
    world.say('deploy', { release: 'r2' });
    world.passUntil(() => world.state.rollout?.results['shop-2/1/smoke']?.attempt === 2, MINUTE);
    world.jobs.set('smoke', 'passes');
    expect(untilEnded(world).outcome).toBe('promoted');
  });

  it('run side by side unless one waits for another', () => {
    const checks = [check('one'), check('two'), check('three', { after: ['one'] })];
    const world = rolling('verify', { checks });
    expect(world.last?.desired.jobs.map(({ name }) => name)).toEqual(['one', 'two']);
    world.pass(2_500);
    expect(world.last?.desired.jobs.map(({ name }) => name)).toEqual(['three']);
  });

  it('whose runner is silent are given up', () => {
    const world = settled({ checks: [check('smoke')] });
    world.jobs.set('smoke', 'is silent');
    world.say('deploy', { release: 'r2' });
    expect(untilEnded(world).reason).toContain('no result by its deadline');
  });

  it('in the bake take back, too', () => {
    const world = rolling('bake', { strategy: blueGreen(), checks: [check('orders', { when: ['bake'] })] });
    world.jobs.set('orders', 'fails');
    expect(untilEnded(world)).toMatchObject({ release: 'r2', outcome: 'rolled-back' });
    expect(currentStep(world)).toBeUndefined();
  });
});

describe('a router', () => {
  it('that does not take up a share in time ends the rollout', () => {
    const world = rolling('observe', {}, 1000);
    world.routerLag = 120_000;
    expect(untilEnded(world)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('did not take up 50 %'),
    });
  });

  it('that went to stable by itself has ended it', () => {
    const world = rolling('observe', {}, 1000);
    world.fellBackAt = world.now;
    world.look();
    expect(world.state.rollout?.takeBack).toMatchObject({ by: 'deadline', outcome: 'failed' });
  });
});

it('after a router that never obeyed, the next candidate is not started until it does', () => {
  const world = rolling('bake', { keep: 0 });
  world.routerLag = null;
  world.say('rollback', { yes: true });
  expect(untilEnded(world)).toMatchObject({ outcome: 'rolled-back' });
  world.say('deploy', { release: 'r3' });
  world.pass(5_000);
  expect(world.environments.green.instances).toEqual([]);
  expect(waitingFor({ state: world.state, world: world.observe(), now: world.now })?.text).toContain(
    'no request goes to green',
  );
  world.routerLag = 0;
  untilStep(world, 'bake');
  expect(untilEnded(world)).toMatchObject({ outcome: 'promoted', release: 'r3' });
});
