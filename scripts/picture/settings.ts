/**
 * Makes the pictures of docs/judge.md that show what each setting does, by the code that ships: one SVG a setting.
 * Run: `node scripts/picture/settings.ts`
 */
import { writeFile } from 'node:fs/promises';
import {
  addSwing,
  budgetWeight,
  CALM,
  emptyExcess,
  excessUpper,
  historyTest,
  NO_SWINGS,
  observeExcess,
  ordinaryOf,
  PACE_DEFAULTS,
  pacer,
  RATE_DEFAULTS,
  type RateOptions,
  rateTest,
  type Swings,
} from '../../src/judge/index.ts';
import { dwellOf } from '../../src/judge/pacing/steps.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { type Chart, lineChart } from './line-chart.ts';

const START = 1_767_225_600_000;
const SECOND = 1_000;

/** Powers of ten from 10^a to 10^b, `each` a decade. */
const decades = (a: number, b: number, each: number) =>
  Array.from({ length: (b - a) * each + 1 }, (_, j) => 10 ** (a + j / each));

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const SERVED = {
  title: 'clients that the candidate has served without an error',
  log: true,
  ticks: [
    [1, '1'],
    [10, '10'],
    [100, '100'],
    [1_000, '1,000'],
    [10_000, '10,000'],
  ],
} as const;

/** What a candidate in the bake fails, and how long it takes to be found. */
const FAILS = [0.01, 0.02, 0.05, 0.2, 1];

const UNTIL_ALARM = {
  title: 'time',
  log: true,
  ticks: [
    [1, '1 s'],
    [10, '10 s'],
    [60, '1 min'],
    [600, '10 min'],
    [3_600, '1 h'],
  ],
} as const;

const CHARTS: Readonly<Record<string, () => Chart>> = {
  pace,
  budget,
  'alpha-budget': alphaBudget,
  'longest-wait': longestWait,
  dwell,
  tolerate,
  floor,
  alphas,
  bake,
  'alpha-bake': alphaBake,
};

for (const [name, chart] of Object.entries(CHARTS)) {
  await writeFile(new URL(`../../docs/judge/${name}.svg`, import.meta.url), lineChart(chart()));
}

/** Candidate's share over the time of a healthy release. */
function pace(): Chart {
  const lines = [10, 1_000, 10_000].map((clients) => ({
    name: `${clients.toLocaleString('en-US')} clients/s`,
    steps: true,
    points: shareOverTime(clients),
  }));
  return {
    title: 'pace: evidence. A release without errors',
    x: { title: 'time', ticks: [0, 60, 120, 180, 240, 300].map((s) => [s, `${s / 60} min`]) },
    y: {
      title: 'share of the clients',
      log: true,
      ticks: [
        [0.0005, '0.05 %'],
        [0.01, '1 %'],
        [0.05, '5 %'],
        [0.25, '25 %'],
        [1, '100 %'],
      ],
    },
    lines,
  };
}

function shareOverTime(clients: number): [number, number][] {
  const random = seededRandom(1, clients);
  const judge = rateTest(RATE_DEFAULTS);
  const paced = pacer({ ...PACE_DEFAULTS, clientsPerSecond: clients });
  let state = paced.initial(START);
  let rates = judge.initial();
  const points: [number, number][] = [];
  for (let t = 0; t <= 300; t++) {
    const at = START + t * SECOND;
    const n = random.binomial(clients, state.weight / 10_000);
    const block = { at, candidate: { n, bad: 0 }, stable: { n: clients - n, bad: 0 } };
    state = paced.observe(state, block);
    rates = judge.observe(rates, block);
    const { action } = paced.decide(state, [judge.verdict(rates)], at);
    if (action.kind === 'widen') state = paced.reached(state, action.weight, at);
    if (action.kind === 'finish') return [...points, [t, 1], [300, 1]];
    const share = state.weight / 10_000;
    if (points.at(-1)?.[1] !== share) points.push([t, share]);
  }
  return points;
}

/** The widest share after so many clients without an error. */
function budget(): Chart {
  const { blockSeconds, reactionSeconds, alphaUpper } = PACE_DEFAULTS;
  const allowed = (clients: number, budgeted: number) => {
    const none = { n1: clients, e1: 0, n0: clients, e0: 0 };
    const upper = excessUpper(observeExcess(emptyExcess(), none), alphaUpper);
    const input = { upper, budget: budgeted, clientsPerSecond: 1_000, blockSeconds, reactionSeconds };
    return budgetWeight({ ...input, step: 10_000, current: 0 }).ceiling;
  };
  return {
    title: 'budget: how wide a release may go, at 1,000 clients a second',
    x: SERVED,
    y: {
      title: 'share of the clients',
      log: true,
      ticks: [
        [0.0005, '0.05 %'],
        [0.005, '0.5 %'],
        [0.05, '5 %'],
        [1, '100 %'],
      ],
    },
    lines: [1, 10, 100].map((budgeted) => ({
      name: budgeted === 1 ? '1 client' : `${budgeted} clients`,
      points: decades(0, 4, 20).map((n) => [n, allowed(Math.round(n), budgeted)] as const),
    })),
  };
}

/** How bad a release may still be after so many clients without an error, by the chance of being wrong in that. */
function alphaBudget(): Chart {
  const upper = (clients: number, alpha: number) =>
    excessUpper(observeExcess(emptyExcess(), { n1: clients, e1: 0, n0: clients, e0: 0 }), alpha);
  return {
    title: 'alpha-budget: how bad a release may still be',
    x: SERVED,
    y: {
      title: 'share of its clients hurt at most',
      log: true,
      ticks: [
        [0.0001, '0.01 %'],
        [0.001, '0.1 %'],
        [0.01, '1 %'],
        [0.1, '10 %'],
        [1, '100 %'],
      ],
    },
    lines: [0.2, 0.05, 0.001].map((alpha) => ({
      name: `alpha-budget: ${100 * alpha}%`,
      points: decades(0, 4, 20).map((n) => [n, upper(Math.round(n), alpha)] as const),
    })),
  };
}

/** Share of the clients over the time of a release of which nothing is ever proven. */
function longestWait(): Chart {
  const minutes = [10, 30, 60];
  const shares = (longest: number): [number, number][] => {
    const paced = pacer({ ...PACE_DEFAULTS, longestSeconds: longest * 60, clientsPerSecond: 10 });
    const undecided = { verdict: 'undecided', leaningSafe: false, e: { harm: 2, safe: 0.5 } } as const;
    let state = paced.initial(START);
    const points: [number, number][] = [];
    for (let t = 0; t <= 4_500; t++) {
      const at = START + t * SECOND;
      const n = Math.round((10 * state.weight) / 10_000);
      state = paced.observe(state, { at, candidate: { n, bad: 0 }, stable: { n: 10 - n, bad: 0 } });
      const { action } = paced.decide(state, [undecided], at);
      if (action.kind === 'widen') state = paced.reached(state, action.weight, at);
      if (action.kind === 'finish') return [...points, [t, 1], [4_500, 1]];
      const share = state.weight / 10_000;
      if (points.at(-1)?.[1] !== share) points.push([t, share]);
    }
    return points;
  };
  return {
    title: 'longest-wait: a release of which nothing is ever proven, 10 clients a second',
    x: { title: 'time', ticks: [0, 15, 30, 45, 60, 75].map((m) => [m * 60, `${m} min`]) },
    y: {
      title: 'share of the clients',
      ticks: [
        [0, '0 %'],
        [0.25, '25 %'],
        [0.5, '50 %'],
        [1, '100 %'],
      ],
    },
    lines: minutes.map((longest) => ({
      name: `longest-wait: ${longest}m`,
      steps: true,
      points: shares(longest),
    })),
  };
}

/** The least time at a step. */
function dwell(): Chart {
  return {
    title: 'dwell: the least time at a step, with dwell: 30s',
    x: {
      title: 'clients a second',
      log: true,
      ticks: [0.01, 0.1, 1, 10, 100].map((rate) => [rate, String(rate)] as const),
    },
    y: {
      title: 'time',
      log: true,
      ticks: [
        [10, '10 s'],
        [30, '30 s'],
        [120, '2 min'],
        [1_800, '30 min'],
      ],
    },
    levels: [[120, 'above it is left out, but for 50 %']],
    lines: [100, 500, 5_000].map((weight) => ({
      name: `at ${weight / 100} %`,
      points: decades(-2, 2, 10).map((rate) => [rate, dwellOf({ weight }, rate, PACE_DEFAULTS)] as const),
    })),
  };
}

/** Clients until harm. */
function tolerate(): Chart {
  const ratios = [2, 3, 5, 10];
  return {
    title: 'tolerate: clients until harm, where stable fails 1 %',
    x: {
      title: 'the candidate fails so many times as often',
      log: true,
      ticks: ratios.map((r) => [r, `${r}x`]),
    },
    y: {
      title: 'clients of the candidate',
      log: true,
      ticks: [
        [100, '100'],
        [1_000, '1,000'],
        [10_000, '10,000'],
        [100_000, '100,000'],
      ],
    },
    lines: [1, 1.25, 1.5].map((tolerated) => ({
      name: `tolerate: ${tolerated}x`,
      points: ratios.map(
        (r) => [r, clientsUntilHarm({ ...RATE_DEFAULTS, tolerate: tolerated }, 0.01, 0.01 * r)] as const,
      ),
    })),
  };
}

/** Median of 9 releases with half of the clients. */
function clientsUntilHarm(options: RateOptions, p0: number, p1: number): number {
  const judge = rateTest(options);
  const runs = Array.from({ length: 9 }, (_, run) => {
    const random = seededRandom(2, run);
    let state = judge.initial();
    for (let t = 0; state.harm === null; t++) {
      const candidate = { n: 100, bad: random.binomial(100, p1) };
      const stable = { n: 100, bad: random.binomial(100, p0) };
      state = judge.observe(state, { at: START + t * SECOND, candidate, stable });
    }
    return state.candidate.n;
  });
  return median(runs);
}

/** Clients without an error until safe. */
function floor(): Chart {
  const floors = [0.0002, 0.001, 0.005, 0.02];
  const until = (limit: number) => {
    const judge = rateTest({ ...RATE_DEFAULTS, floor: limit });
    let state = judge.initial();
    for (let t = 0; judge.verdict(state).verdict !== 'safe'; t++) {
      const ten = { n: 10, bad: 0 };
      state = judge.observe(state, { at: START + t * SECOND, candidate: ten, stable: ten });
    }
    return state.candidate.n;
  };
  return {
    title: 'floor: clients until safe, for a release without errors',
    x: { title: 'floor', log: true, ticks: floors.map((value) => [value, `${100 * value} %`]) },
    y: {
      title: 'clients of the candidate',
      log: true,
      ticks: [
        [100, '100'],
        [1_000, '1,000'],
        [10_000, '10,000'],
        [100_000, '100,000'],
      ],
    },
    lines: [{ name: 'until safe', points: floors.map((value) => [value, until(value)] as const) }],
  };
}

/** Evidence over time. */
function alphas(): Chart {
  const evidence = (p1: number, of: 'harm' | 'safe', seed: number) => {
    const judge = rateTest(RATE_DEFAULTS);
    const random = seededRandom(3, seed);
    let state = judge.initial();
    return Array.from({ length: 121 }, (_, t) => {
      const candidate = { n: 50, bad: random.binomial(50, p1) };
      const stable = { n: 50, bad: random.binomial(50, 0.0005) };
      state = judge.observe(state, { at: START + t * SECOND, candidate, stable });
      return [t, Math.max(0.01, judge.verdict(state).e[of])] as const;
    });
  };
  return {
    title: 'alphas: evidence over two minutes, 100 clients a second',
    x: { title: 'time', ticks: [0, 30, 60, 90, 120].map((s) => [s, `${s} s`]) },
    y: {
      title: 'evidence',
      log: true,
      ticks: [
        [0.01, '0.01'],
        [0.1, '0.1'],
        [1, '1'],
        [10, '10'],
        [100, '100'],
        [1_000, '1,000'],
      ],
    },
    levels: [
      [100, 'harm: 1 / 1 %'],
      [20, 'safe: 1 / 5 %'],
    ],
    lines: [
      { name: 'harm, it fails 1 %', points: evidence(0.01, 'harm', 1) },
      { name: 'harm, it is fine', points: evidence(0.0005, 'harm', 2) },
      { name: 'safe, no errors', points: evidence(0, 'safe', 3) },
    ],
  };
}

/** Median seconds until the alarm of 15 bakes, where 0.1 % failed in the past: evenly, or in bursts of ten seconds. */
function secondsUntilAlarm(clients: number, p1: number, alphaBake: number, hasBursts = false): number {
  const past = { pastClients: 86_400 * clients, pastBad: 86 * clients, floor: RATE_DEFAULTS.floor };
  const ordinary = hasBursts ? ordinaryOf(burstsOfDay(clients)) : CALM;
  const test = historyTest({ ...past, alphaBake, ordinary });
  return median(
    Array.from({ length: 15 }, (_, run) => {
      const random = seededRandom(4, run);
      let state = test.initial();
      let factor = 1;
      for (let t = 1; ; t++) {
        if (hasBursts && t % 10 === 1) factor = -Math.log1p(-random.uniform());
        const bad = random.binomial(clients, Math.min(1, p1 * factor));
        state = test.observe(state, { at: START + t * SECOND, n: clients, bad });
        if (state.alarm !== null) return t;
      }
    }),
  );
}

/** A day in which the rate was a new exponential number every ten seconds. */
function burstsOfDay(clients: number): Swings {
  const random = seededRandom(5, clients);
  let swings = NO_SWINGS;
  for (let t = 0; t < 86_400; t += 10) {
    const rate = Math.min(1, -0.001 * Math.log1p(-random.uniform()));
    const n = 10 * clients;
    swings = addSwing(swings, START - 86_400 * SECOND + t * SECOND, { n, bad: random.binomial(n, rate) });
  }
  return swings;
}

/** Time until the bake's alarm. */
function bake(): Chart {
  const lines = [
    { clients: 1, hasBursts: false },
    { clients: 10, hasBursts: false },
    { clients: 100, hasBursts: false },
    { clients: 100, hasBursts: true },
  ];
  return {
    title: 'bake: time until the alarm, where the past had 0.1 % of errors',
    x: { title: 'the candidate fails', log: true, ticks: FAILS.map((value) => [value, `${100 * value} %`]) },
    y: UNTIL_ALARM,
    lines: lines.map(({ clients, hasBursts }) => ({
      name: hasBursts ? `${clients}/s, in bursts` : clients === 1 ? '1 client/s' : `${clients} clients/s`,
      points: FAILS.map((value) => [value, secondsUntilAlarm(clients, value, 0.001, hasBursts)] as const),
    })),
  };
}

/** Time until the bake's alarm, by the chance of a false one. */
function alphaBake(): Chart {
  return {
    title: 'alpha-bake: time until the alarm, 10 clients/s, 0.1 % of errors in the past',
    x: { title: 'the candidate fails', log: true, ticks: FAILS.map((value) => [value, `${100 * value} %`]) },
    y: UNTIL_ALARM,
    lines: [0.00001, 0.001, 0.1].map((alpha) => ({
      name: `alpha-bake: ${Number((100 * alpha).toPrecision(2))}%`,
      points: FAILS.map((value) => [value, secondsUntilAlarm(10, value, alpha)] as const),
    })),
  };
}
