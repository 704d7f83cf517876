import { describe, expect, test } from 'vitest';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { clientRate } from '../../src/simulate/crowd.ts';
import {
  failing,
  flagger,
  HEALTHY,
  type Regression,
  rivalRollout,
  simulateRollout,
  summarise,
  type Traffic,
} from '../../src/simulate/index.ts';
import { blueGreen, canary, MINUTE, specWith } from '../core/builders.ts';

const traffic: Traffic = { clientsPerSecond: 50, requestsPerClient: 1, baseRate: 0.001, audience: null };
const spec = specWith({ strategy: canary([100, 500, 2500, 5000, 10_000]), bake: 2 * MINUTE });

const LATENCY = { limits: [], thanStable: [0.5, 0.95, 0.99], tolerate: 1.25, floor: 50, warmUp: 10_000 };

interface Case {
  readonly spec?: ServiceSpec;
  readonly traffic?: Partial<Traffic>;
  readonly regression?: Regression;
  readonly always?: boolean;
}

function simulate(runs: number, { spec: own = spec, regression = HEALTHY, always = false, ...rest }: Case) {
  const all = { ...traffic, ...rest.traffic };
  return Array.from({ length: runs }, (_, run) =>
    simulateRollout({ spec: own, traffic: all, regression, always, seed: 11, run }),
  );
}

test('the same seed and run give the same rollout, another run another', () => {
  const [first, second] = simulate(2, { regression: failing(0.05) });
  expect(simulate(1, { regression: failing(0.05) })).toEqual([first]);
  expect(second).not.toEqual(first);
});

test('a healthy release is out after its dwells and promoted after its bake, each with the time that evidence takes', () => {
  for (const one of simulate(5, {})) {
    expect(one).toMatchObject({ outcome: 'promoted', takenBackAfter: null, hurt: 0 });
    const bake = one.promotedAfter! - one.outAfter!;
    for (const [time, least] of [
      [one.outAfter!, 120_000],
      [bake, 120_000],
    ] as const) {
      expect(time).toBeGreaterThanOrEqual(least);
      expect(time).toBeLessThan(least + 8_000);
    }
  }
});

test('each step takes its dwell; prepare and shifts take no time', () => {
  const [one] = simulate(1, {});
  expect(one!.steps.map(({ took }) => Math.round(took! / 10_000))).toEqual([
    0, 0, 3, 0, 3, 0, 3, 0, 3, 0, 12,
  ]);
});

test('looking only where something changed decides the same at the same time as looking always', () => {
  for (const regression of [HEALTHY, failing(0.03), failing(0.4)]) {
    expect(simulate(6, { regression })).toEqual(simulate(6, { regression, always: true }));
  }
});

describe('at the pace of evidence', () => {
  const paced = specWith({
    strategy: canary([100, 500, 2500, 5000], 'clients', 'evidence'),
    bake: 2 * MINUTE,
  });

  test.each([3, 20, 2_000])(
    '%i clients a second: looking only where something changed decides the same',
    (rate) => {
      const traffic = { clientsPerSecond: rate };
      for (const regression of [HEALTHY, failing(0.05), failing(1)]) {
        const all = { spec: paced, traffic, regression };
        expect(simulate(2, all)).toEqual(simulate(2, { ...all, always: true }));
      }
    },
  );

  test('so it does where a bake waits for clients', () => {
    const waiting = { spec: { ...paced, bake: 5_000 }, traffic: { clientsPerSecond: 3 } };
    const found = simulate(3, waiting);
    expect(found).toEqual(simulate(3, { ...waiting, always: true }));
    for (const { outAfter, promotedAfter } of found) {
      // 100 clients at 3 a second are 33 s, give or take 10.
      expect(promotedAfter! - outAfter!).toBeGreaterThan(20_000);
      expect(promotedAfter! - outAfter!).toBeLessThan(55_000);
    }
  });

  test('a release that always fails hurts about as many as the budget, at any traffic', () => {
    for (const clientsPerSecond of [10, 1_000, 10_000]) {
      const { hurt, takenBack } = summarise(
        simulate(10, { spec: paced, traffic: { clientsPerSecond }, regression: failing(1) }),
      );
      expect(takenBack).toBe(1);
      expect(hurt.mean).toBeLessThan(20);
    }
  });

  test('of regulars who come every other second it hurts no more', () => {
    const regulars = { clientsPerSecond: 5_000, audience: 10_000 };
    const { hurt, takenBack } = summarise(
      simulate(6, { spec: paced, traffic: regulars, regression: failing(1) }),
    );
    expect(takenBack).toBe(1);
    expect(hurt.mean).toBeLessThan(15);
  });

  test('a healthy one at 1,000 a second is out within five minutes', () => {
    for (const { outAfter } of simulate(3, { spec: paced, traffic: { clientsPerSecond: 1_000 } })) {
      expect(outAfter).toBeGreaterThanOrEqual(120_000);
      expect(outAfter).toBeLessThan(300_000);
    }
  });
});

describe('where latency is judged', () => {
  const paced = specWith({
    strategy: canary([100, 500, 2500, 5000], 'clients', 'evidence'),
    bake: MINUTE,
    judge: { ...specWith().judge, latency: LATENCY },
  });
  const at = (clientsPerSecond: number): Partial<Traffic> => ({
    clientsPerSecond,
    latency: { median: 80, spread: 0.8 },
  });
  const slower = (size: number, after = 0): Regression => ({ name: 'slower', kind: 'slower', size, after });

  test.each([5, 300])(
    '%i clients a second: looking only where something changed decides the same',
    (rate) => {
      for (const regression of [HEALTHY, slower(3), slower(10, 100)]) {
        const all = { spec: paced, traffic: at(rate), regression };
        expect(simulate(1, all)).toEqual(simulate(1, { ...all, always: true }));
      }
    },
  );

  test('a slower release is taken back, and nobody notices where latency is not judged or not known', () => {
    const judged = { spec: paced, traffic: at(100), regression: slower(3) };
    expect(summarise(simulate(5, judged))).toMatchObject({ takenBack: 1 });
    const off = { ...judged, spec: { ...paced, judge: { ...paced.judge, latency: null } } };
    expect(summarise(simulate(3, off))).toMatchObject({ promoted: 1 });
    expect(summarise(simulate(3, { ...judged, traffic: { clientsPerSecond: 100 } }))).toMatchObject({
      promoted: 1,
    });
  });

  test('everybody whom a slower release serves counts as hurt, regulars once', () => {
    const [one] = simulate(1, { spec: paced, traffic: at(100), regression: slower(10) });
    expect(one!.hurt).toBeGreaterThan(5);
    const regulars = { ...at(100), audience: 500 };
    const off = { ...paced, judge: { ...paced.judge, latency: null } };
    const [all] = simulate(1, { spec: off, traffic: regulars, regression: slower(10) });
    expect(all!.hurt).toBe(500);
  });

  test('a healthy one goes out all the same', () => {
    for (const { outcome, outAfter } of simulate(3, { spec: paced, traffic: at(1_000) })) {
      expect(outcome).toBe('promoted');
      expect(outAfter).toBeLessThan(300_000);
    }
  });
});

describe('below one client in ten seconds', () => {
  const few = specWith({
    strategy: canary([100, 500, 2500, 5000], 'clients', 'evidence'),
    bake: 10 * MINUTE,
    onAlarm: 'retreat',
  });
  const at = (clientsPerSecond: number, regression: Regression) =>
    summarise(simulate(20, { spec: few, traffic: { clientsPerSecond }, regression }));

  test.each([0.01, 0.05])(
    '%f: a total failure is taken back after a few clients, a healthy one is not',
    (rate) => {
      const failed = at(rate, failing(1));
      expect(failed.takenBack).toBe(1);
      expect(failed.hurt.mean).toBeLessThan(5);
      expect(at(rate, HEALTHY)).toMatchObject({ takenBack: 0, promoted: 1 });
    },
  );

  test('one that begins with all clients is taken back in the bake, which waits for clients', () => {
    const late = at(0.01, { ...failing(1), after: 3_600 });
    expect(late.takenBack).toBe(1);
    expect(late.hurt.mean).toBeLessThan(6);
  });
});

test('where few come, seconds that are skipped change no average', () => {
  const hurt = (always: boolean) =>
    summarise(simulate(120, { traffic: { clientsPerSecond: 0.2 }, regression: failing(0.5), always })).hurt;
  const [skipping, looking] = [hurt(false).mean, hurt(true).mean];
  expect(Math.abs(skipping - looking) / looking).toBeLessThan(0.3);
});

test('a release that fails half of its requests is taken back in the first step', () => {
  for (const one of simulate(5, { regression: failing(0.5) })) {
    expect(one.outcome).toBe('rolled-back');
    expect(one.takenBackAfter).toBeLessThan(30_000);
    expect(one.hurt).toBeGreaterThan(0);
  }
});

test('clients hurt are about those that come to a release that nobody finds', () => {
  // Twice 0.1 % of one client a second: nothing can tell.
  const regression = { name: '2x', kind: 'ratio', size: 2, after: 0 } as const;
  const { hurt, takenBack } = summarise(simulate(200, { traffic: { clientsPerSecond: 1 }, regression }));
  expect(takenBack).toBeLessThan(0.05);
  expect(hurt.mean).toBeGreaterThan(2.8);
  expect(hurt.mean).toBeLessThan(4.1);
});

test('a late failure hurts nobody before it begins', () => {
  const late = { ...failing(0.5), after: 60 };
  for (const one of simulate(5, { regression: late })) {
    expect(one.takenBackAfter).toBeGreaterThan(60_000);
    expect(one.takenBackAfter).toBeLessThan(75_000);
  }
});

test('a crash is taken back when no instance has been ready for ten seconds', () => {
  const crash = { name: 'crash after 5s', kind: 'crash', size: 0, after: 5 } as const;
  const few = { clientsPerSecond: 0.001 };
  expect(simulate(1, { regression: crash, traffic: few })[0]).toMatchObject({
    outcome: 'failed',
    takenBackAfter: 15_000,
  });
});

test('a client is hurt where one of its requests fails', () => {
  expect(clientRate(0.02, { ...traffic, requestsPerClient: 8 })).toBeCloseTo(1 - 0.98 ** 8, 12);
  expect(clientRate(1, traffic)).toBe(1);
});

describe('an audience that comes again and again', () => {
  test('is hurt at most once each', () => {
    const own = specWith({ strategy: canary([5000, 10_000]), judge: { ...spec.judge, alphaHarm: 1e-12 } });
    const audience = { audience: 40, clientsPerSecond: 20 };
    for (const one of simulate(5, { spec: own, traffic: audience, regression: failing(0.3) })) {
      expect(one.hurt).toBeLessThanOrEqual(40);
      expect(one.hurt).toBeGreaterThan(0);
    }
  });
  test('is the same to a healthy release', () => {
    for (const one of simulate(5, { traffic: { audience: 5_000 } })) expect(one.outcome).toBe('promoted');
  });
});

test('blue-green: a failure is found in the bake, by history', () => {
  const own = specWith({ strategy: blueGreen(), bake: 5 * MINUTE });
  for (const one of simulate(3, { spec: own, regression: failing(0.2) })) {
    expect(one).toMatchObject({ outcome: 'rolled-back', outAfter: 0 });
  }
});

test('of a handful of people, whom an ordinary release hurts now and then, none is taken back for that', () => {
  // In ten minutes each of them meets an error, and is counted then, often after it came.
  for (const audience of [1, 2, 5]) {
    const few = { clientsPerSecond: 0.2 * audience, baseRate: 0.03, audience };
    for (const one of simulate(3, { traffic: few })) expect(one.outcome).toBe('promoted');
  }
});

describe('errors in bursts, as the past had them', () => {
  const bursts = (seconds: number) => ({
    clientsPerSecond: 500,
    baseRate: 0.01,
    unrest: { noise: { seconds, shared: true } },
  });
  // With blue-green each alarm takes the release back.
  const own = specWith({ strategy: blueGreen(), bake: 10 * MINUTE });

  test('take no healthy release back, however long they are', () => {
    for (const seconds of [3, 10, 60]) {
      for (const one of simulate(15, { spec: own, traffic: bursts(seconds) }))
        expect(one.outcome).toBe('promoted');
    }
  });

  test('hide no failure that is beyond them', () => {
    for (const one of simulate(5, { spec: own, traffic: bursts(10), regression: failing(0.5) })) {
      expect(one).toMatchObject({ outcome: 'rolled-back' });
      expect(one.takenBackAfter!).toBeLessThan(60_000);
    }
  });
});

test('gates, checks, freezes and metrics of commands do not stop a simulation', () => {
  const gate = { within: 60_000, otherwise: 'abort' } as const;
  const own = specWith({
    strategy: canary([{ weight: 1000, for: null, approve: gate }]),
    freeze: [{ text: 'always', fromDay: 0, fromMinute: 0, toDay: 6, toMinute: 1439, timeZone: 'UTC' }],
    metrics: [{ name: 'carts', run: 'x', every: 1, within: 1, tolerate: 2, floor: 0.01 }],
  });
  expect(simulate(1, { spec: own })[0]!.outcome).toBe('promoted');
});

test('other rules run in the same world: a total failure under Flagger is 11 minutes at 2 %', () => {
  const rollouts = Array.from({ length: 40 }, (_, run) =>
    rivalRollout({ rule: flagger(), traffic, regression: failing(1), seed: 1, run }),
  );
  const { hurt, back } = summarise(rollouts);
  expect(back!.median).toBe(660_000);
  // 50 a second, 2 %, 660 s.
  expect(Math.abs(hurt.mean - 660)).toBeLessThan(20);
});
