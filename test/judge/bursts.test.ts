/** A past with bursts: what it says of itself, and what a bake makes of it. */
import { describe, expect, test } from 'vitest';
import { burstProcess } from '../../src/judge/history/bursts.ts';
import {
  addSwing,
  addSwings,
  type HistoryOptions,
  historyTest,
  NO_SWINGS,
  ordinaryOf,
  type Swings,
  totalOf,
} from '../../src/judge/index.ts';
import { binomial, binomialAbove, seeded } from './random.ts';

const SECOND = 1_000;
const DAY = 86_400;

/** Probabilities of a negative binomial number with this shape and mean, up to where hardly anything is left. */
function negativeBinomial(shape: number, mean: number): number[] {
  const odds = mean / (shape + mean);
  const found = [(1 - odds) ** shape];
  for (let x = 1; x < 400; x++) found.push((found[x - 1]! * odds * (shape + x - 1)) / x);
  return found;
}

describe('the process against the past with its bursts', () => {
  const RATE = 0.2;

  /** Mean of E over everything that two blocks of a window, and one of the next, can count. */
  function meanOfE(shape: number, scale: number): number {
    const process = burstProcess({ seconds: 10, rate: RATE, shape, shapeWithin: shape });
    // The true rates have the same scale, and a mean that is so many times as high.
    const own = shape * scale;
    const blocks = [
      { at: 0, minute: 0, exposed: 5 },
      { at: 4 * SECOND, minute: 4 / 60, exposed: 5 },
      { at: 10 * SECOND, minute: 10 / 60, exposed: 2 },
    ];
    let mean = 0;
    for (const [x, p] of negativeBinomial(own, scale).entries()) {
      if (p < 1e-12) continue;
      const first = process.observe(process.initial(), { ...blocks[0]!, bad: x });
      // What is known of the window's rate by then changes what is to be expected of its rest.
      const rest = negativeBinomial(own + x, (own + x) / (shape + 1));
      for (const [y, q] of rest.entries()) {
        if (p * q < 1e-12) continue;
        const second = process.observe(first, { ...blocks[1]!, bad: y });
        for (const [z, r] of negativeBinomial(own, 0.4 * scale).entries()) {
          if (p * q * r < 1e-12) continue;
          mean += p * q * r * Math.exp(process.logE(process.observe(second, { ...blocks[2]!, bad: z })));
        }
      }
    }
    return mean;
  }

  test('has a mean of 1 where the past goes on, counted exactly, and less where the rate is lower', () => {
    for (const shape of [0.5, 3]) {
      expect(meanOfE(shape, 1)).toBeGreaterThan(0.998);
      expect(meanOfE(shape, 1)).toBeLessThanOrEqual(1 + 1e-9);
      expect(meanOfE(shape, 0.5)).toBeLessThan(0.9);
    }
  });

  test('takes a burst for one fact, and a rate that stays for many', () => {
    const process = burstProcess({ seconds: 10, rate: 0.01, shape: 1, shapeWithin: 1 });
    const logEAfter = (bad: (second: number) => number, seconds: number) => {
      let state = process.initial();
      for (let t = 0; t < seconds; t++) {
        state = process.observe(state, { at: t * SECOND, minute: t / 60, exposed: 1_000, bad: bad(t) });
      }
      return process.logE(state);
    };
    expect(logEAfter((t) => (t < 10 ? 60 : 10), 60)).toBeLessThan(3);
    expect(logEAfter(() => 60, 60)).toBeGreaterThan(Math.log(1_000));
    // What was fine for minutes does not hide what begins now.
    expect(logEAfter((t) => (t < 300 ? 7 : 60), 360)).toBeGreaterThan(Math.log(100));
  });
});

type Random = () => number;

/** Seconds of a service with bursts of so many seconds (0: none), a new exponential rate in each. */
function* service(random: Random, clients: number, rate: number, burst: number) {
  let factor = 1;
  for (let t = 0; ; t++) {
    // They begin somewhere within a window.
    if (burst > 0 && (t === 0 || (t + 4) % burst === 0)) factor = -Math.log(1 - random());
    yield { n: clients, bad: binomial(random, clients, Math.min(1, rate * factor)) };
  }
}

function swingsOf(random: Random, clients: number, rate: number, burst: number, seconds: number): Swings {
  const blocks = service(random, clients, rate, burst);
  let swings = NO_SWINGS;
  for (let t = 0; t < seconds; t++) swings = addSwing(swings, t * SECOND, blocks.next().value!);
  return swings;
}

describe('how much the past varied', () => {
  test('a calm day has next to nothing of it', () => {
    const { bursts, slow } = ordinaryOf(swingsOf(seeded(1), 100, 0.01, 0, DAY / 4));
    expect(bursts.map(({ seconds }) => seconds)).toEqual([10, 60]);
    for (const { scale } of bursts) expect(scale).toBeLessThan(0.0003);
    expect(slow).toBeLessThan(0.2);
  });

  test('bursts show at their length, and less the longer the window', () => {
    const { bursts, within, slow } = ordinaryOf(swingsOf(seeded(2), 100, 0.01, 10, DAY / 4));
    // An exponential rate of mean 1 % has a variance of 1 % times its mean; six of them together a sixth.
    // A window that holds four seconds of one and six of the next varies half as much.
    expect(within).toBeGreaterThan(0.008);
    expect(within).toBeLessThan(0.014);
    expect(bursts[0]!.scale).toBeGreaterThan(0.004);
    expect(bursts[0]!.scale).toBeLessThan(0.008);
    expect(bursts[1]!.scale).toBeGreaterThan(0.001);
    expect(bursts[1]!.scale).toBeLessThan(0.004);
    expect(slow).toBeLessThan(0.3);
  });

  test('what changes from hour to hour is slow', () => {
    expect(ordinaryOf(swingsOf(seeded(3), 100, 0.01, 3_600, DAY)).slow).toBeGreaterThan(0.4);
  });

  test('minutes with bursts count where the day was calm', () => {
    const day = swingsOf(seeded(4), 100, 0.01, 0, DAY / 4);
    const calm = ordinaryOf(day, swingsOf(seeded(5), 100, 0.01, 0, 300));
    const lately = ordinaryOf(day, swingsOf(seeded(6), 100, 0.01, 10, 300));
    expect(calm).toEqual(ordinaryOf(day));
    expect(lately.within).toBeGreaterThan(0.004);
  });

  test('two parts add up, what is late counts in the window that runs, and nothing is lost', () => {
    const earlier = addSwing(NO_SWINGS, 5_000, { n: 10, bad: 1 });
    const later = addSwing(addSwing(NO_SWINGS, 15_000, { n: 20, bad: 2, late: 1 }), 14_000, { n: 1, bad: 0 });
    const both = addSwings(earlier, later);
    expect(totalOf(both)).toEqual({ n: 31, bad: 3 });
    expect(both).toMatchObject({ bad: 3, late: 1 });
    expect(both.windows[1]).toMatchObject({ at: 10_000, n: 21, count: 1, squareN: 100 });
    expect(JSON.parse(JSON.stringify(both))).toEqual(both);
  });

  test('a service in which nobody was ever hurt varies by nothing', () => {
    expect(ordinaryOf(swingsOf(seeded(7), 10, 0, 0, 600))).toMatchObject({ slow: 0, late: 0 });
    for (const { scale } of ordinaryOf(swingsOf(seeded(7), 10, 0, 0, 600)).bursts) expect(scale).toBe(0);
  });
});

describe('a bake after a past with bursts', () => {
  const CLIENTS = 200;
  const past = (burst: number): HistoryOptions => ({
    floor: 0.001,
    pastClients: CLIENTS * DAY,
    pastBad: CLIENTS * DAY * 0.01,
    alphaBake: 0.01,
    ordinary: ordinaryOf(swingsOf(seeded(8), CLIENTS, 0.01, burst, DAY / 4)),
  });

  /** Seconds until the alarm; null: none in ten minutes. */
  function alarmAfter(options: HistoryOptions, random: Random, rate: number, burst: number): number | null {
    const bake = historyTest(options);
    const blocks = service(random, CLIENTS, rate, burst);
    let state = bake.initial();
    for (let t = 0; t < 600; t++) {
      state = bake.observe(state, { at: t * SECOND, ...blocks.next().value! });
      if (state.alarm !== null) return t;
    }
    return null;
  }

  const alarms = (options: HistoryOptions, burst: number, runs: number) =>
    Array.from({ length: runs }, (_, run) => alarmAfter(options, seeded(100 + run), 0.01, burst)).filter(
      (after) => after !== null,
    ).length;

  test('does not alarm for the bursts that it always had, however long they are', () => {
    for (const burst of [3, 10, 60]) {
      const { ordinary: _, ...calm } = past(burst);
      expect(alarms(calm, burst, 20)).toBeGreaterThan(5);
      expect(binomialAbove(100, 0.01, alarms(past(burst), burst, 100) - 1)).toBeGreaterThan(1e-3);
    }
  });

  test('finds six times its rate within two minutes all the same, and a total failure at once', () => {
    const times = Array.from(
      { length: 21 },
      (_, run) => alarmAfter(past(10), seeded(300 + run), 0.06, 10) ?? 600,
    );
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(120);
    expect(alarmAfter(past(10), seeded(9), 1, 0)).toBeLessThan(3);
  });

  test('its state is plain data, and what makes no sense is refused by name', () => {
    const bake = historyTest(past(10));
    let state = bake.initial();
    for (let t = 0; t < 100; t++) state = bake.observe(state, { at: t * SECOND, n: 50, bad: 1 });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    const { ordinary } = past(10);
    for (const [field, change] of [
      ['late', { late: 1.5 }],
      ['slow', { slow: -1 }],
      ['within', { within: Number.NaN }],
      ['bursts[0].scale', { bursts: [{ seconds: 10, scale: -1 }] }],
      ['bursts[0].seconds', { bursts: [{ seconds: 0, scale: 1 }] }],
    ] as const) {
      const wrong = { ...past(10), ordinary: { ...ordinary!, ...change } };
      expect(() => historyTest(wrong)).toThrow(`options.ordinary.${field} `);
    }
  });

  test('where the past was calm, is as quick as without', () => {
    const { ordinary: _, ...unknown } = past(0);
    for (let run = 0; run < 10; run++) {
      const known = alarmAfter(past(0), seeded(400 + run), 0.05, 0);
      expect(known).toBe(alarmAfter(unknown, seeded(400 + run), 0.05, 0));
    }
  });

  test('an outage in the past is no licence', () => {
    let outage = swingsOf(seeded(10), CLIENTS, 0.001, 0, DAY / 4);
    for (let t = 0; t < 900; t++) outage = addSwing(outage, (DAY / 4 + t) * SECOND, { n: CLIENTS, bad: 150 });
    const options = {
      ...past(0),
      pastBad: CLIENTS * (DAY * 0.001 + 900 * 0.75),
      ordinary: ordinaryOf(outage),
    };
    expect(historyTest(options).limit).toBeLessThan(0.05);
    expect(alarmAfter(options, seeded(11), 0.75, 0)).toBeLessThan(60);
  });
});
