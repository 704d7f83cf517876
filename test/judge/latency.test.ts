import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bucketOf,
  type CutPoint,
  cutPoints,
  JudgeInputError,
  type Latencies,
  type LatencyState,
  latencyTest,
  RATE_DEFAULTS,
  upperEdge,
} from '../../src/judge/index.ts';
import { slowCount } from '../../src/judge/latency/cut-points.ts';
import { countSlow } from '../../src/judge/latency/slow-counts.ts';
import { binomialAbove, seeded } from './random.ts';

const MS = 1000;

function histogram(microseconds: readonly number[]): Latencies {
  const counts = new Map<number, number>();
  for (const value of microseconds) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return [...counts];
}

/** Lognormal around 100 ms with sd .8, in microseconds. */
function latency(random: () => number, slowdown = 1): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return 100 * MS * slowdown * Math.exp(0.8 * normal);
}

const past = (() => {
  const random = seeded(50);
  return histogram(Array.from({ length: 20_000 }, () => latency(random)));
})();

describe('cut points', () => {
  test('are at edges of the histogram, an SLO at the next one above', () => {
    const { cuts, left } = cutPoints({ slo: 200, past });
    expect(cuts.map(({ name }) => name)).toEqual(['slo', 'p50', 'p95', 'p99']);
    expect(left).toEqual([]);
    for (const { microseconds } of cuts) expect(bucketOf(microseconds)).toBe(bucketOf(microseconds - 1) + 1);
    expect(cuts[0]!.microseconds).toBeGreaterThanOrEqual(200 * MS);
    expect(cuts[0]!.microseconds).toBeLessThanOrEqual(200 * MS * 1.0625);
    const edge = cuts[0]!.microseconds / MS;
    expect(cutPoints({ slo: edge, past }).cuts[0]!.microseconds).toBe(edge * MS);
  });

  test('know how many requests were slow', () => {
    const [p50, p95, p99] = cutPoints({ slo: null, past }).cuts;
    expect(p50!.expected).toBeGreaterThan(0.42);
    expect(p50!.expected).toBeLessThanOrEqual(0.5);
    expect(p95!.expected).toBeLessThanOrEqual(0.05);
    expect(p99!.expected).toBeGreaterThan(0.007);
  });

  test('leave out what the past is too short for, and what is the same', () => {
    const short = cutPoints({ slo: null, past: [[bucketOf(5 * MS), 900]] });
    expect(short.cuts.map(({ name }) => name)).toEqual(['p50']);
    expect(short.left).toEqual([
      { name: 'p95', reason: 'is the same as p50' },
      { name: 'p99', reason: 'only 900 requests in the past' },
    ]);
    expect(cutPoints({ slo: 100, past: [] }).cuts).toMatchObject([{ name: 'slo', expected: null }]);
    expect(() => cutPoints({ slo: 0, past })).toThrow('slo');
    expect(() => cutPoints({ slo: null, past, quantiles: [1] })).toThrow(JudgeInputError);
  });

  test('count exactly', () => {
    const { cuts } = cutPoints({ slo: 37, past: [] });
    const cut = cuts[0]!.microseconds;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 * MS })), (list) => {
        expect(slowCount(histogram(list), cut)).toBe(list.filter((value) => value >= cut).length);
      }),
    );
  });
});

describe('slow requests', () => {
  const cut = cutPoints({ slo: 100, past: [] }).cuts[0]!.microseconds;

  test('count once each, as soon as they pass the cut, whenever they end', () => {
    const request = fc.record({
      start: fc.nat(3000),
      takes: fc.integer({ min: 1, max: 900 }),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        let [n, bad] = [0, 0];
        let before: readonly number[] = [];
        for (let from = 0; from < 4000; from += 50) {
          const to = from + 50;
          const over = requests.filter(({ start, takes }) => start + takes > from && start + takes <= to);
          const ended = over.filter(({ leaves }) => !leaves);
          const left = over.filter(({ leaves }) => leaves);
          const inFlight = requests
            .filter(({ start, takes }) => start <= to && start + takes > to)
            .map(({ start }) => (to - start) * MS);
          const counts = countSlow(
            {
              ended: histogram(ended.map(({ takes }) => takes * MS)),
              left: histogram(left.map(({ takes }) => takes * MS)),
              inFlight: [
                ...histogram(inFlight),
                ...histogram(before).map(([k, count]) => [k, -count] as const),
              ],
            },
            cut,
          );
          before = inFlight;
          n += counts.n;
          bad += counts.bad;
          const passed = requests.filter(({ start, takes }) => Math.min(takes, to - start) * MS >= cut);
          expect(bad).toBe(passed.length);
        }
        const unknown = requests.filter(({ takes, leaves }) => leaves && takes * MS < cut);
        expect(n).toBe(requests.length - unknown.length);
      }),
    );
  });

  test('that go out of flight without having been in it are impossible', () => {
    const slow = bucketOf(900 * MS);
    expect(countSlow({ ended: [[slow, 1]], inFlight: [[slow, -1]] }, cut)).toEqual({ n: 0, bad: 0 });
    expect(() => countSlow({ ended: [], inFlight: [[slow, -1]] }, cut)).toThrow(JudgeInputError);
  });
});

const options = { ...RATE_DEFAULTS, cuts: cutPoints({ slo: null, past }).cuts };
const judge = latencyTest(options);

/** Blocks of 100 requests, at most so many. */
function watch(
  weight: number,
  slowdown: number,
  most: number,
  random: () => number,
  share: number | null = weight,
) {
  let state = judge.initial();
  for (let t = 1; t <= most; t++) {
    const arms = { stable: [] as number[], candidate: [] as number[] };
    for (let k = 0; k < 100; k++) {
      if (random() < weight) arms.candidate.push(latency(random, slowdown));
      else arms.stable.push(latency(random));
    }
    state = judge.observe(state, {
      at: t * 1000,
      share,
      stable: { ended: histogram(arms.stable), inFlight: [] },
      candidate: { ended: histogram(arms.candidate), inFlight: [] },
    });
    if (state.harm !== null) return { verdict: 'harm' as const, requests: t * 100, state };
  }
  return { verdict: judge.verdict(state).verdict, requests: most * 100, state };
}

describe('the test of latency', () => {
  test('takes seldom back what is as quick as stable', () => {
    const random = seeded(51);
    let harm = 0;
    for (let run = 0; run < 60; run++) if (watch(0.3, 1, 60, random).verdict === 'harm') harm++;
    expect(binomialAbove(60, 0.01, harm - 1)).toBeGreaterThan(1e-6);
  });

  test('finds what is twice as slow, sooner where the chances of the clients are known', () => {
    const random = seeded(52);
    const mean = (share: number | null) => {
      const runs = Array.from({ length: 15 }, () => watch(0.1, 2, 300, random, share));
      expect(runs.every(({ verdict }) => verdict === 'harm')).toBe(true);
      return runs.reduce((sum, { requests }) => sum + requests, 0) / runs.length;
    };
    const known = mean(0.1);
    expect(known).toBeLessThan(2500);
    expect(mean(null)).toBeGreaterThan(known);
  });

  test('finds a candidate that answers no more, while everything is still in flight', () => {
    const quick = histogram(new Array<number>(90).fill(50 * MS));
    let state = judge.initial();
    for (let t = 1; t <= 5; t++) {
      state = judge.observe(state, {
        at: t * 1000,
        share: 0.1,
        stable: { ended: quick, inFlight: [] },
        candidate: { ended: [], inFlight: [[bucketOf(t * 1000 * MS), 10]] },
      });
    }
    expect(judge.verdict(state)).toMatchObject({ verdict: 'harm' });
    expect(judge.verdict(state).cuts[2]!.rate.candidate).toEqual({ n: 50, bad: 50 });
  });

  test('names the cut where it is worst, and is safe only where each cut is', () => {
    const random = seeded(53);
    const verdict = judge.verdict(watch(0.5, 1, 100, random).state);
    expect(verdict.cuts.map(({ cut }) => cut.name)).toEqual(['p50', 'p95', 'p99']);
    expect(verdict.cuts[0]!.rate.verdict).toBe('safe');
    expect(verdict.verdict).toBe('undecided');
    const tail: CutPoint[] = [{ name: 'slo', microseconds: options.cuts[2]!.microseconds, expected: 0.01 }];
    const only = latencyTest({ ...options, cuts: [options.cuts[0]!, ...tail] });
    const usual = [
      [10, 450],
      [bucketOf(150 * MS), 450],
    ] as const;
    const slowTail = only.observe(only.initial(), {
      at: 0,
      share: null,
      stable: { ended: usual, inFlight: [] },
      candidate: {
        ended: [
          [10, 40],
          [bucketOf(150 * MS), 40],
          [bucketOf(9000 * MS), 20],
        ],
        inFlight: [],
      },
    });
    expect(only.verdict(slowTail)).toMatchObject({ verdict: 'harm', worst: { name: 'slo' } });
  });

  test('keeps harm, and survives JSON', () => {
    const { state } = watch(0.5, 3, 100, seeded(54));
    const again = JSON.parse(JSON.stringify(state)) as LatencyState;
    expect(again).toEqual(state);
    const fine = { ended: [[10, 100_000]] as const, inFlight: [] };
    const later = judge.observe(again, { at: 1e9, share: null, stable: fine, candidate: fine });
    expect(judge.verdict(later)).toMatchObject({ verdict: 'harm' });
    expect(JSON.stringify(state).length).toBeLessThan(30_000);
  });

  test('leaves out a cold candidate but for its cold cuts, for a time and a number of requests', () => {
    const cold: CutPoint = {
      name: 'stall',
      microseconds: upperEdge(bucketOf(5000 * MS)),
      expected: 0,
      cold: true,
    };
    const warming = latencyTest({
      ...options,
      cuts: [...options.cuts, cold],
      warmUp: { time: 3000, requests: 20 },
    });
    const usual = histogram(new Array<number>(90).fill(50 * MS));
    const arm = (milliseconds: number) => ({
      ended: [[bucketOf(milliseconds * MS), 10]] as const,
      inFlight: [],
    });
    const verdictAfter = (milliseconds: number, seconds: number) => {
      let state = warming.initial();
      for (let t = 0; t < seconds; t++) {
        const stable = { ended: usual, inFlight: [] };
        state = warming.observe(state, { at: t * 1000, share: null, stable, candidate: arm(milliseconds) });
      }
      return warming.verdict(state).verdict;
    };
    expect(verdictAfter(2000, 3)).toBe('undecided');
    expect(verdictAfter(2000, 5)).toBe('harm');
    expect(verdictAfter(9000, 2)).toBe('harm');
    expect(warming.verdict(warming.initial()).leaningSafe).toBe(false);
  });

  test('safe does not wait for a stall beyond the other cuts', () => {
    const promise = { name: 'slo', microseconds: upperEdge(bucketOf(500 * MS)), expected: 0, floor: 0.01 };
    const stall = {
      name: 'stall',
      microseconds: upperEdge(bucketOf(5000 * MS)),
      expected: 0,
      cold: true,
    };
    const verdictAt = (cuts: readonly CutPoint[]) => {
      const test = latencyTest({ ...options, cuts });
      const quick = { ended: [[bucketOf(50 * MS), 600]] as const, inFlight: [] };
      const state = test.observe(test.initial(), { at: 0, share: null, stable: quick, candidate: quick });
      return test.verdict(state).verdict;
    };
    expect(verdictAt([promise, stall])).toBe('safe');
    expect(verdictAt([stall])).toBe('undecided');
  });

  test('lets the candidate be slower where a cut says so', () => {
    const cut: CutPoint = { name: 'p50', microseconds: 40 * MS, candidate: 80 * MS, expected: 0.5 };
    const wide = latencyTest({
      ...options,
      cuts: [{ ...cut, microseconds: upperEdge(bucketOf(40 * MS)), candidate: upperEdge(bucketOf(80 * MS)) }],
    });
    const block = (milliseconds: number) => ({
      at: 0,
      share: null,
      stable: {
        ended: [
          [bucketOf(30 * MS), 300],
          [bucketOf(60 * MS), 300],
        ] as const,
        inFlight: [],
      },
      candidate: { ended: [[bucketOf(milliseconds * MS), 100]] as const, inFlight: [] },
    });
    expect(wide.verdict(wide.observe(wide.initial(), block(70))).verdict).toBe('safe');
    expect(wide.verdict(wide.observe(wide.initial(), block(100))).verdict).toBe('harm');
  });

  test('names what it cannot use', () => {
    const none = { ended: [], inFlight: [] };
    const observe = (wrong: object) => () =>
      judge.observe(judge.initial(), { at: 0, share: null, stable: none, candidate: none, ...wrong });
    expect(observe({ stable: { ended: [[9999, 1]], inFlight: [] } })).toThrow('stable.ended');
    expect(observe({ candidate: { ended: [], inFlight: [[1, 0.5]] } })).toThrow('candidate.inFlight');
    expect(observe({ candidate: { ended: [[1, -1]], inFlight: [] } })).toThrow('candidate.ended');
    expect(observe({ share: 0 })).toThrow('share');
    expect(observe({ at: Number.NaN })).toThrow(JudgeInputError);
    expect(() => latencyTest({ ...options, cuts: [] })).toThrow('options.cuts');
    expect(() => latencyTest({ ...options, tolerate: 0 })).toThrow('options.tolerate');
  });
});
