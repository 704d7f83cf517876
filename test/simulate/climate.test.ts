import { describe, expect, test } from 'vitest';
import { climateOf, type Unrest } from '../../src/simulate/climate.ts';
import { crowdOf, type Traffic } from '../../src/simulate/crowd.ts';
import { failing, HEALTHY, type Regression, simulateRollout } from '../../src/simulate/index.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { canary, specWith } from '../core/builders.ts';

const traffic: Traffic = { clientsPerSecond: 50, requestsPerClient: 1, baseRate: 0.01, audience: null };
const climate = (unrest: Unrest, regression: Regression = HEALTHY) =>
  climateOf({ ...traffic, unrest }, regression, seededRandom(1));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const everySecond = <T>(seconds: number, what: (second: number) => T) =>
  Array.from({ length: seconds }, (_, second) => what(second));

describe('what is not constant', () => {
  test('a tide leaves the mean as it is, and turns once in its time', () => {
    const { most, at } = climate({ tide: { share: 0.8, seconds: 600 } });
    const arrivals = everySecond(600, (second) => most * at(second, second).presence);
    expect(mean(arrivals)).toBeCloseTo(50, 6);
    expect(Math.max(...arrivals)).toBeCloseTo(90, 1);
    expect(Math.min(...arrivals)).toBeCloseTo(10, 1);
  });

  test('noise is one number for both, or each has its own; anew in its time, and 1 on average', () => {
    for (const shared of [true, false]) {
      const { at } = climate({ noise: { seconds: 10, shared } });
      const moments = everySecond(40_000, (second) => at(second, second));
      expect(moments[9]).toEqual(moments[0]);
      expect(moments[10]!.stable).not.toBe(moments[0]!.stable);
      expect(moments.every(({ stable, candidate }) => stable === candidate)).toBe(shared);
      expect(mean(moments.map(({ stable }) => stable))).toBeGreaterThan(0.009);
      expect(mean(moments.map(({ stable }) => stable))).toBeLessThan(0.011);
    }
  });

  test('a drift takes both along, and stays where it ends', () => {
    const { at } = climate({ drift: { times: 5, seconds: 100 } }, { ...failing(0), kind: 'ratio', size: 2 });
    expect(at(0, 0)).toMatchObject({ stable: 0.01, candidate: 0.02 });
    expect(at(50, 50).stable).toBeCloseTo(0.03, 12);
    expect(at(5_000, 5_000).candidate).toBeCloseTo(0.1, 12);
  });

  test('cold caches warm up', () => {
    const { at } = climate({}, { name: 'cold', kind: 'cold', size: 20, after: 30 });
    expect([at(0, -1), at(0, 0), at(29, 29), at(30, 30)].map(({ candidate }) => candidate)).toEqual([
      0.01, 0.2, 0.2, 0.01,
    ]);
  });
});

describe('an audience', () => {
  const audience: Traffic = { ...traffic, audience: 1_000 };
  const quiet = { presence: 1, stable: 0, candidate: 0, broken: 0, slowness: 1, epoch: 'a', minute: 0 };

  test('with unequal visit rates: few clients make most of the visits', () => {
    const reached = (tail?: number) => {
      const visit = crowdOf(tail === undefined ? audience : { ...audience, tail }, seededRandom(3));
      return visit(2_000, { ...quiet, share: 1 }).candidate.seen;
    };
    expect(reached()).toBeGreaterThan(800);
    expect(reached(1.1)).toBeLessThan(0.8 * reached());
  });

  test('that some errors meet: the same clients, at each of their visits, and only at the candidate', () => {
    const visit = crowdOf(audience, seededRandom(4));
    const broken = { ...quiet, broken: 0.1 };
    expect(visit(10_000, { ...broken, share: 0 }).stable.hurt).toBe(0);
    const all = visit(10_000, { ...broken, share: 1, epoch: 'b' });
    expect(all.hurtFirst).toBeGreaterThan(70);
    expect(all.hurtFirst).toBeLessThan(130);
    expect(visit(10_000, { ...broken, share: 1, epoch: 'b' }).hurtFirst).toBe(0);
  });

  test('that is hurt late: after it came, and once in an epoch', () => {
    const visit = crowdOf(audience, seededRandom(5));
    const first = visit(20_000, { ...quiet, share: 1 }).candidate;
    expect(first).toMatchObject({ seen: 1_000, hurt: 0, late: 0 });
    const second = visit(20_000, { ...quiet, candidate: 1, share: 1 }).candidate;
    expect(second).toMatchObject({ seen: 0, hurt: 1_000, late: 1_000 });
    const third = visit(20_000, { ...quiet, candidate: 1, share: 1, epoch: 'b' }).candidate;
    expect(third).toMatchObject({ seen: 1_000, hurt: 1_000, late: 0 });
  });
});

test('a healthy release goes out in all weathers, a bad one is taken back', () => {
  const spec = specWith({ strategy: canary([100, 2_500, 10_000]), bake: 60_000 });
  const unrest: Unrest = {
    tide: { share: 0.8, seconds: 300 },
    noise: { seconds: 10, shared: true },
    drift: { times: 5, seconds: 600 },
  };
  const own: Traffic = { ...traffic, audience: 5_000, tail: 1.1, unrest };
  for (let run = 0; run < 3; run += 1) {
    const end = (regression: Regression) =>
      simulateRollout({ spec, traffic: own, regression, seed: 8, run }).outcome;
    expect(end(HEALTHY)).toBe('promoted');
    expect(end(failing(0.5))).toBe('rolled-back');
  }
});
