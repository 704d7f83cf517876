import { describe, expect, it } from 'vitest';
import { blueGreen, canary, check, MINUTE, releaseOf, specWith } from './builders.ts';
import { eventsOf, newService, rolling, settled, untilEnded, untilStep } from './stories.ts';

describe('a first deployment', () => {
  it('is prepared, verified, given all traffic at once and baked', () => {
    const world = newService({ checks: [check('smoke')] });
    world.say('deploy', { release: 'r1' });
    expect(world.last?.desired.routing).toMatchObject({ split: { blue: 0, green: 10_000 } });
    expect(world.last?.desired.routing?.outage).toContain('is being prepared');
    expect(world.state.rollout?.steps.map(({ kind }) => kind)).toEqual([
      'prepare',
      'verify',
      'shift',
      'bake',
    ]);
    untilStep(world, 'bake');
    expect(world.last?.desired.routing).toMatchObject({ split: { blue: 10_000, green: 0 }, outage: null });
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted', release: 'r1' });
    expect(world.state.releases.r1?.standing).toBe('good');
  });

  it('that is taken back leaves an outage which says why, and no way to the candidate', () => {
    const world = newService();
    world.say('deploy', { release: 'r1' });
    untilStep(world, 'bake');
    world.judge({ verdict: 'harm' });
    world.look();
    const split = { blue: 0, green: 10_000 };
    expect(world.last?.desired.routing).toMatchObject({ split });
    expect(world.last?.desired.routing?.outage).toContain('12 of 240 clients');
    expect(untilEnded(world).outcome).toBe('rolled-back');
    expect(world.last?.desired.routing).toMatchObject({ split, candidate: null });
    expect(world.last?.desired.routing?.outage).toContain('12 of 240 clients');
    expect(world.last?.desired.environments).toEqual({ blue: null, green: null });
  });

  it('can be followed by a repaired one', () => {
    const world = newService();
    world.behaviours.set('r1', 'fails');
    world.say('deploy', { release: 'r1' });
    expect(untilEnded(world).outcome).toBe('failed');
    world.say('deploy', { release: 'r2' });
    expect(untilEnded(world)).toMatchObject({ outcome: 'promoted', release: 'r2' });
  });
});

describe('a canary', () => {
  it('widens step by step, and the old environment stays warm for as long as asked', () => {
    const world = settled();
    world.say('deploy', { release: 'r2' });
    expect(untilEnded(world).outcome).toBe('promoted');
    expect(eventsOf(world, 'split-changed').map(({ split }) => split.green)).toEqual([0, 1000, 5000, 10_000]);
    expect(world.state.environments).toMatchObject({
      blue: { role: 'warm', release: 'r1' },
      green: { role: 'stable', release: 'r2' },
    });
    world.pass(10 * MINUTE + 2000);
    expect(world.state.environments.blue).toMatchObject({ role: 'empty', release: null });
  });

  it('is compared with stable on the way and with history in the bake', () => {
    const world = rolling('observe', {}, 1000);
    const judging = { rollout: 'shop-2', candidate: 'green' };
    expect(world.last?.desired.judging).toEqual({ ...judging, against: 'concurrent' });
    expect(world.last?.desired.routing?.fallback).toEqual({ to: 'blue', after: MINUTE });
    untilStep(world, 'bake');
    expect(world.last?.desired.judging).toEqual({ ...judging, against: 'history' });
    expect(world.last?.desired.routing?.fallback).toBeNull();
  });

  it('waits at a weight for its own time where the step has one', () => {
    const strategy = canary([{ weight: 1000, for: 5 * MINUTE, approve: null }]);
    const world = rolling('observe', { strategy }, 1000);
    world.pass(4 * MINUTE);
    expect(world.state.split?.green).toBe(1000);
    world.pass(MINUTE + 1000);
    expect(world.state.split?.green).toBe(10_000);
  });

  it('is out when it has all traffic, before it has baked', () => {
    const world = rolling('bake');
    expect(world.state.rollout?.outAt).not.toBeNull();
    expect(world.state.releases.r2?.standing).toBe('new');
  });
});

describe('blue-green', () => {
  it('moves all traffic in one step', () => {
    const world = settled({ strategy: blueGreen() });
    world.say('deploy', { release: 'r2' });
    untilEnded(world);
    expect(eventsOf(world, 'split-changed').map(({ split }) => split.green)).toEqual([0, 10_000]);
  });
});

describe('deploying', () => {
  it('what is stable already does nothing, also under another name', () => {
    const world = settled();
    world.release('r9', specWith());
    expect(world.say('deploy', { release: 'r1' })).toMatchObject({ type: 'command-accepted' });
    const copy = { ...releaseOf('r1-again', specWith()), digest: 'digest-r1' };
    world.state = {
      ...world.state,
      releases: { ...world.state.releases, 'r1-again': { ...world.state.releases.r1!, ...copy } },
    };
    expect(world.say('deploy', { release: 'r1-again' })).toMatchObject({
      note: expect.stringContaining('nothing to do'),
    });
    expect(world.state.rollout).toBeNull();
  });

  it('what nobody knows is refused', () => {
    expect(settled().say('deploy', { release: 'r7' })).toMatchObject({ code: 'E_UNKNOWN_RELEASE' });
  });

  it('while another runs is refused, with the way out', () => {
    const world = rolling('observe');
    const answer = world.say('deploy', { release: 'r3' });
    expect(answer).toMatchObject({ code: 'E_ROLLOUT_RUNNING', fix: expect.stringContaining('--replace') });
    expect(untilEnded(world)).toMatchObject({ release: 'r2', outcome: 'promoted' });
  });

  it('with replace takes the running one back first, over a crash of the daemon', () => {
    const world = rolling('observe', {}, 5000);
    expect(world.say('deploy', { release: 'r3', replace: true })).toMatchObject({ type: 'command-accepted' });
    expect(world.state.split).toEqual({ blue: 10_000, green: 0 });
    world.crash();
    world.passUntil(() => world.state.rollout?.candidate.release === 'r3', MINUTE);
    expect(world.state.last).toMatchObject({ release: 'r2', outcome: 'aborted', reason: 'Replaced by r3' });
    expect(untilEnded(world)).toMatchObject({ release: 'r3', outcome: 'promoted' });
  });

  it('during a bake asks, and with a yes ends it not judged to its end', () => {
    const world = rolling('bake');
    expect(world.say('deploy', { release: 'r3' })).toMatchObject({ code: 'E_CONFIRM' });
    world.say('deploy', { release: 'r3', yes: true });
    expect(world.state.last).toMatchObject({ release: 'r2', outcome: 'promoted' });
    expect(world.state.last?.reason).toContain('Not judged to its end');
    expect(world.state.rollout).toMatchObject({
      stable: { release: 'r2', environment: 'green' },
      candidate: { release: 'r3', environment: 'blue' },
    });
    expect(world.state.environments.blue).toMatchObject({ role: 'draining', release: 'r1' });
    expect(untilEnded(world)).toMatchObject({ release: 'r3', outcome: 'promoted' });
  });

  it('during an alarm is refused, also when the alarm is only just seen', () => {
    const world = rolling('bake', { onAlarm: 'retreat' });
    world.judge({}, { metric: 'errors', at: world.now, explanation: 'five times as usual' });
    expect(world.say('deploy', { release: 'r3', yes: true })).toMatchObject({
      code: 'E_DEPLOY_DURING_ALARM',
    });
    expect(world.state.rollout?.retreat.count).toBe(1);
  });

  it('evicts what is warm, but not before its requests have ended', () => {
    const world = settled();
    world.say('deploy', { release: 'r2' });
    untilEnded(world);
    world.environments.blue.inFlight = 1;
    world.requests = 3_600_000;
    world.say('deploy', { release: 'r3' });
    expect(world.state.environments.blue).toMatchObject({ role: 'draining', release: 'r1' });
    expect(world.last?.desired.environments.blue).toMatchObject({ release: 'r1' });
    world.requests = 0;
    expect(untilEnded(world)).toMatchObject({ release: 'r3', outcome: 'promoted' });
  });
});

describe('every command', () => {
  it('is answered once, also when it comes again after a crash', () => {
    const world = settled();
    world.command('deploy', { id: 'again', release: 'r2' });
    world.look();
    world.crash();
    world.command('deploy', { id: 'again', release: 'r2' });
    world.look();
    expect(eventsOf(world, 'command-accepted').filter(({ command }) => command === 'again')).toHaveLength(1);
    expect(world.violations).toEqual([]);
  });

  it('but deploy and rollback needs a rollout', () => {
    const world = settled();
    for (const verb of ['approve', 'pause', 'resume', 'promote', 'abort'] as const) {
      expect(world.say(verb)).toMatchObject({ code: 'E_NO_ROLLOUT' });
    }
  });

  it('that wants the candidate gone is heard before the others', () => {
    const world = rolling('observe');
    world.command('promote');
    world.command('abort');
    world.look();
    expect(world.state.rollout?.takeBack).toMatchObject({ by: 'person', outcome: 'aborted' });
  });
});
