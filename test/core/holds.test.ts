import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frozenUntil, isInside } from '../../src/core/service/freeze.ts';
import type { FreezeWindow } from '../../src/core/service/service-spec.ts';
import { phaseOf, waitingFor } from '../../src/core/waiting/waits.ts';
import { blueGreen, canary, MINUTE, specWith } from './builders.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import { currentStep, eventsOf, rolling, settled, untilEnded, untilStep } from './stories.ts';

const gate = (otherwise: 'abort' | 'continue') =>
  canary([{ weight: 1000, for: null, approve: { within: 5 * MINUTE, otherwise } }]);
const phase = (world: SimulatedWorld) => phaseOf(world.state, world.now, world.observe());
const waits = (world: SimulatedWorld) => {
  const { state, now } = world;
  return waitingFor({ state, world: world.observe(), now });
};

describe('a gate', () => {
  it('opens by approval, and only where it stands', () => {
    const world = rolling('observe', { strategy: gate('abort') });
    expect(world.say('approve')).toMatchObject({ code: 'E_NOTHING_TO_APPROVE' });
    untilStep(world, 'approve');
    expect(phase(world)).toBe('waiting');
    expect(waits(world)).toMatchObject({ text: expect.stringContaining('approval') });
    world.say('approve');
    expect(world.state.split?.green).toBe(10_000);
  });

  it('that nobody answers aborts', () => {
    expect(untilEnded(rolling('approve', { strategy: gate('abort') }))).toMatchObject({ outcome: 'aborted' });
  });

  it('that nobody answers goes on where the file says so', () => {
    expect(untilEnded(rolling('approve', { strategy: gate('continue') }))).toMatchObject({
      outcome: 'promoted',
    });
  });

  it('stands before the switch of a blue-green', () => {
    const world = rolling('approve', { strategy: blueGreen({ within: MINUTE, otherwise: 'abort' }) });
    expect(world.state.split?.green).toBe(0);
  });

  it('opens for an approval that comes in the same look as its deadline', () => {
    const world = rolling('approve', { strategy: gate('abort') });
    world.now += 6 * MINUTE;
    world.say('approve');
    expect(world.state.split?.green).toBe(10_000);
  });
});

describe('a pause', () => {
  it('suspends progress until it is resumed, and both may be said twice', () => {
    const world = rolling('observe');
    world.say('pause');
    expect(world.say('pause')).toMatchObject({ type: 'command-accepted' });
    expect(phase(world)).toBe('paused');
    world.pass(10 * MINUTE);
    expect(world.state.split?.green).toBe(1000);
    world.say('resume');
    expect(world.say('resume')).toMatchObject({ type: 'command-accepted' });
    expect(world.state.split?.green).toBe(5000);
    expect(untilEnded(world).outcome).toBe('promoted');
  });

  it('that nobody ends is over after a day, and the candidate taken back', () => {
    const world = rolling('bake');
    world.say('pause');
    const from = world.now;
    expect(untilEnded(world)).toMatchObject({ outcome: 'aborted' });
    expect(world.now - from).toBeLessThan(24 * 60 * MINUTE + MINUTE);
  });

  it('does not keep a failing candidate', () => {
    const world = rolling('observe');
    world.say('pause');
    world.become('green', 'failed');
    world.look();
    expect(world.state.rollout?.takeBack?.by).toBe('health');
  });
});

describe('promote', () => {
  it('passes gates, dwell and partial shares, and not the bake', () => {
    const world = rolling('observe', { strategy: gate('abort') });
    world.say('promote');
    expect(world.state.split?.green).toBe(10_000);
    untilStep(world, 'bake');
    expect(world.say('promote')).toMatchObject({ note: expect.stringContaining('never skipped') });
    expect(currentStep(world)?.kind).toBe('bake');
  });

  it('never passes readiness or harm', () => {
    const world = settled();
    world.behaviours.set('r2', 'never ready');
    world.say('deploy', { release: 'r2' });
    world.say('promote');
    expect(untilEnded(world).outcome).toBe('failed');

    const harmful = rolling('observe');
    harmful.judge({ verdict: 'harm' });
    harmful.say('promote');
    expect(harmful.state.split?.green).toBe(0);
  });
});

describe('an alarm in the bake', () => {
  const alarmed = (world: SimulatedWorld, leaningSafe = false) => {
    world.judge({ leaningSafe }, { metric: 'errors', at: world.now, explanation: 'five times as usual' });
    world.look();
  };

  it('rolls back where the file says so', () => {
    const world = rolling('bake', { onAlarm: 'rollback' });
    alarmed(world);
    expect(untilEnded(world)).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringContaining('five times'),
    });
  });

  it('holds for a person, once', () => {
    const world = rolling('bake', { onAlarm: 'hold' });
    alarmed(world);
    expect(waits(world)?.text).toContain('an alarm of errors');
    world.say('resume');
    world.look();
    expect(world.state.rollout?.pause).toBeNull();
    expect(untilEnded(world).outcome).toBe('promoted');
  });

  it('of a service with few clients takes it back where another would retreat, and is held where a person wants to be asked', () => {
    const direct = { metric: 'errors', at: 1, explanation: '3 of 3', direct: true } as const;
    const world = rolling('bake', { onAlarm: 'retreat' });
    world.judge({}, { ...direct, at: world.now });
    expect(untilEnded(world)).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(/^Alarm by errors: 3 of 3\. So few clients come/),
    });
    const held = rolling('bake', { onAlarm: 'hold' });
    held.judge({}, { ...direct, at: held.now });
    held.look();
    expect(held.state.rollout).toMatchObject({ takeBack: null, pause: expect.anything() });
  });

  it('retreats to half, returns after two minutes leaning safe, and bakes again from the start', () => {
    const world = rolling('bake', { onAlarm: 'retreat' });
    world.pass(5 * MINUTE);
    alarmed(world, true);
    expect(world.state.split).toEqual({ blue: 5000, green: 5000 });
    expect(world.last?.desired.judging?.against).toBe('concurrent');
    world.judge({ leaningSafe: true });
    world.pass(MINUTE);
    expect(world.state.split?.green).toBe(5000);
    world.pass(MINUTE + 1000);
    expect(world.state.split?.green).toBe(10_000);
    world.pass(9 * MINUTE);
    expect(world.state.rollout).not.toBeNull();
    expect(untilEnded(world).outcome).toBe('promoted');
  });

  it('is a rollback when the comparison shows harm', () => {
    const world = rolling('bake', { onAlarm: 'retreat' });
    alarmed(world);
    world.judge({ verdict: 'harm' });
    expect(untilEnded(world).outcome).toBe('rolled-back');
  });

  it('is a rollback when the comparison shows nothing for half an hour', () => {
    const world = rolling('bake', { onAlarm: 'retreat' });
    alarmed(world);
    world.pass(29 * MINUTE);
    expect(world.state.rollout?.takeBack).toBeNull();
    expect(untilEnded(world).outcome).toBe('rolled-back');
  });

  it('is a rollback the fourth time', () => {
    const world = rolling('bake', { onAlarm: 'retreat' });
    for (const count of [1, 2, 3]) {
      alarmed(world);
      expect(world.state.rollout?.retreat.count).toBe(count);
      world.judge({ leaningSafe: true });
      world.pass(2 * MINUTE + 1000);
    }
    alarmed(world);
    expect(eventsOf(world, 'take-back-decided').at(-1)?.reason).toContain('the 4th of this bake');
  });
});

describe('a freeze window', () => {
  const HOUR = 60 * MINUTE;
  // Fri 16:00 - Mon 08:00
  const weekend: FreezeWindow = {
    text: '',
    fromDay: 5,
    fromMinute: 960,
    toDay: 1,
    toMinute: 480,
    timeZone: 'Europe/Berlin',
  };
  const at = (text: string) => Date.parse(text);

  it('begins and ends by the clock on the wall', () => {
    expect(frozenUntil([weekend], at('2026-07-03T13:59:00Z'))).toBeNull();
    expect(frozenUntil([weekend], at('2026-07-03T14:00:00Z'))).toBe(at('2026-07-06T06:00:00Z'));
    expect(frozenUntil([weekend], at('2026-07-06T06:00:00Z'))).toBeNull();
  });

  it('is an hour shorter or longer where the clocks change in it', () => {
    expect(frozenUntil([weekend], at('2026-03-27T15:00:00Z'))).toBe(at('2026-03-30T06:00:00Z'));
    expect(frozenUntil([weekend], at('2026-10-23T14:00:00Z'))).toBe(at('2026-10-26T07:00:00Z'));
  });

  it('is joined with one that follows, and may never end', () => {
    const monday = { ...weekend, fromDay: 1, fromMinute: 480, toDay: 1, toMinute: 600 };
    expect(frozenUntil([weekend, monday], at('2026-07-04T00:00:00Z'))).toBe(at('2026-07-06T08:00:00Z'));
    const rest = { ...weekend, fromDay: 1, fromMinute: 480, toDay: 5, toMinute: 960 };
    expect(frozenUntil([weekend, rest], at('2026-07-04T00:00:00Z'))).toBe(Number.POSITIVE_INFINITY);
  });

  it('lasts from any moment in it until the first moment outside, in every time zone', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    const minute = fc.integer({ min: 0, max: 1439 });
    const day = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(
        fc.record({
          fromDay: day,
          fromMinute: minute,
          toDay: day,
          toMinute: minute,
          timeZone: fc.constantFrom(...zones),
        }),
        fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (window, now, share) => {
          const freeze = { text: '', ...window };
          fc.pre(window.fromDay !== window.toDay || window.fromMinute !== window.toMinute);
          const until = frozenUntil([freeze], now);
          expect(until !== null).toBe(isInside(freeze, now));
          if (until === null || until === Number.POSITIVE_INFINITY) return;
          expect(isInside(freeze, until)).toBe(false);
          expect(isInside(freeze, until - 1)).toBe(true);
          expect(isInside(freeze, Math.floor(now + share * (until - 1 - now)))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('holds a rollout after its checks and before its users, and safety goes on in it', () => {
    const world = settled();
    const day = new Date(world.now).getUTCDay();
    const today = {
      text: '',
      fromDay: day,
      fromMinute: 0,
      toDay: (day + 2) % 7,
      toMinute: 0,
      timeZone: 'UTC',
    };
    world.release('r9', specWith({ freeze: [today] }));
    world.say('deploy', { release: 'r9' });
    world.pass(HOUR);
    expect(currentStep(world)).toMatchObject({ kind: 'shift', state: 'pending' });
    expect(phase(world)).toBe('waiting');
    expect(waits(world)?.text).toContain('freeze');
    world.become('green', 'failed');
    world.look();
    expect(eventsOf(world, 'take-back-decided').at(-1)?.by).toBe('health');
    expect(world.state.last).toMatchObject({ release: 'r9', outcome: 'failed' });
  });
});
