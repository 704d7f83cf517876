import { describe, expect, test } from 'vitest';
import { candidatesOf, lognormal, SOME_LATENCY, trafficOf } from '../../src/cli/simulate/options.ts';
import { plot } from '../../src/cli/simulate/plot.ts';
import { recentOf } from '../../src/cli/simulate/recent.ts';
import { rulesOf } from '../../src/cli/simulate/rules.ts';
import { falseRollbacks, findingsTable } from '../../src/cli/simulate/show.ts';
import { TealError } from '../../src/core/error.ts';
import type { Finding } from '../../src/simulate/index.ts';

const usage = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof TealError ? error.code : String(error);
  }
  return 'fine';
};

describe('options', () => {
  test('a rate is clients a second, a minute, or requests', () => {
    const rateOf = (rate: string, requests?: string) => trafficOf({ rate, requests }, 1).clientsPerSecond;
    expect(rateOf('20')).toBe(20);
    expect(rateOf('20/s')).toBe(20);
    expect(rateOf('300/m')).toBe(5);
    expect(rateOf('500rps', '10')).toBe(50);
    expect(trafficOf({}, 7)).toEqual({
      clientsPerSecond: 7,
      requestsPerClient: 1,
      baseRate: 0.001,
      audience: null,
    });
  });

  test('how long requests take is a median, also with what 19 of 20 stay below, or off', () => {
    expect(trafficOf({}, 1).latency).toBeUndefined();
    expect(trafficOf({}, 1, SOME_LATENCY).latency).toEqual({ median: 80, spread: 0.8 });
    expect(trafficOf({ latency: '20ms' }, 1, SOME_LATENCY).latency).toEqual({ median: 20, spread: 0.8 });
    expect(trafficOf({ latency: 'off' }, 1, SOME_LATENCY).latency).toBeUndefined();
    const { median, spread } = trafficOf({ latency: '80ms/300ms' }, 1).latency!;
    expect(median * Math.exp(1.645 * spread)).toBeCloseTo(300, 6);
    expect(candidatesOf({ regression: '1.5x slower after 2m' })[1]).toEqual({
      name: '1.5x slower after 2m',
      kind: 'slower',
      size: 1.5,
      after: 120,
    });
  });

  test('what the daemon sees: requests of both environments, times of the busier one', () => {
    const seen = (requestsPerSecond: number, p50: number | null, p95: number | null) => ({
      requestsPerSecond,
      errorRate: 0,
      p50,
      p95,
      p99: null,
    });
    expect(recentOf([null, null])).toBeNull();
    expect(recentOf([seen(0, null, null), null])).toBeNull();
    expect(recentOf([seen(2, 1, 2), seen(8, 50, 200)])).toEqual({ rate: 10, latency: lognormal(50, 200) });
    expect(recentOf([seen(2, null, null), null])).toEqual({ rate: 2, latency: null });
    expect(recentOf([seen(2, 50, 50), null])).toEqual({ rate: 2, latency: null });
  });

  test('healthy comes first; regressions are shares, ratios and crashes, now or later', () => {
    expect(candidatesOf({ regression: '5%, 2.5x after 3m,crash' })).toEqual([
      { name: 'healthy', kind: 'healthy', size: 0, after: 0 },
      { name: '5%', kind: 'share', size: 0.05, after: 0 },
      { name: '2.5x after 3m', kind: 'ratio', size: 2.5, after: 180 },
      { name: 'crash', kind: 'crash', size: 0, after: 0 },
    ]);
  });

  test.each([
    () => trafficOf({ rate: 'many' }, 1),
    () => trafficOf({ rate: '0' }, 1),
    () => trafficOf({ 'base-rate': '100%' }, 1),
    () => trafficOf({ audience: '0' }, 1),
    () => trafficOf({ latency: 'slow' }, 1),
    () => trafficOf({ latency: '80ms/20ms' }, 1),
    () => trafficOf({ latency: '80ms/' }, 1),
    () => trafficOf({ latency: '0s' }, 1),
    () => candidatesOf({ regression: '1x slower' }),
    () => candidatesOf({ regression: '5' }),
    () => candidatesOf({ regression: '5% after lunch' }),
    () => rulesOf({ flagger: 'speed=3' }),
    () => rulesOf({ argo: 'interval=7s' }),
  ])('what is wrong is wrong usage: %s', (work) => expect(usage(work)).toBe('E_USAGE'));

  test('settings of other tools replace the documented ones', () => {
    expect(rulesOf({})).toEqual([]);
    expect(rulesOf({ compare: true }).map(({ name }) => name)).toEqual([
      'Argo Rollouts',
      'Flagger',
      'Kayenta',
    ]);
    const [rule] = rulesOf({ flagger: 'interval=30s,threshold=5,success=95%' });
    expect(rule!.settings).toBe('2 % more every 30 s up to 50 %, success of at least 95 %, 5 failed checks');
  });
});

const finding = (change: Partial<Finding>): Finding => ({
  candidate: 'healthy',
  by: 'Teal',
  runs: 200,
  promoted: 0.995,
  takenBack: 0.005,
  out: { p5: 120_000, median: 120_000, p95: 130_000 },
  back: { p5: 4_000, median: 4_000, p95: 4_000 },
  hurt: { mean: 0.25, p5: 0, median: 0, p95: 2 },
  ...change,
});

test('the table has a line for each tool, and nothing where nothing was', () => {
  const lines = findingsTable([finding({}), finding({ by: 'Flagger', out: null })], (_, text) => text);
  expect(lines[1]).toMatch(/healthy +Teal +100 % +0\.50 % +2 min \(2 min 10 s\) +4 s \(4 s\) +0\.3 \(2\)/);
  expect(lines[2]).toMatch(/^ +Flagger .* - /);
});

test('false rollbacks are counted among the healthy', () => {
  expect(falseRollbacks([finding({})], null)).toBe('False rollbacks: 1 of 200 healthy releases.');
  expect(falseRollbacks([finding({})], 0.01)).toContain(
    '1 of 200 healthy releases; the comparison takes back at most',
  );
});

test('a plot shows spreads on a logarithmic axis', () => {
  const marks = [
    [1, '1'],
    [10, '10'],
    [100, '100'],
    [1_000, '1,000'],
  ] as const;
  const rows = [
    { label: 'a', spread: { p5: 1, median: 10, p95: 100 } },
    { label: 'bb', spread: { p5: 0, median: 0, p95: 0 } },
  ];
  expect(plot(rows, 27, marks)).toEqual([
    '  a   ├─────────●─────────┤',
    '  bb  ●',
    '      ┴─────────┴─────────┴',
    '      1        10       100',
  ]);
});
