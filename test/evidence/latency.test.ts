/** Latency as evidence: cuts that are frozen, and what the real ledger says of quick, slow, hanging and unknown releases. */
import { describe, expect, test } from 'vitest';
import { type FirstRequests, noRequests, type TrafficBlock } from '../../src/core/ports.ts';
import type { LatencySpec, ServiceSpec } from '../../src/core/service/service-spec.ts';
import { cutsOf, NO_PAST, withPast } from '../../src/evidence/latency.ts';
import { feedLatency, follow, freezeLatency, type Ledger, startLedger } from '../../src/evidence/ledger.ts';
import { evidenceOf } from '../../src/evidence/verdicts.ts';
import { bucketOf, JudgeInputError, type Latencies } from '../../src/judge/index.ts';
import { foldTraffic, LATENESS } from '../../src/metrics/traffic.ts';
import { release } from '../daemon/support/release.ts';
import { seeded } from '../judge/random.ts';

const DEFAULTS: LatencySpec = {
  limits: [],
  thanStable: [0.5, 0.95, 0.99],
  tolerate: 1.25,
  floor: 50,
  warmUp: 10_000,
};
const NAMES = { candidate: 'r2', stable: 'r1' };
const SECOND = 1_000;
const BEGIN = 1_800_000_000_000;

function specOf(latency: LatencySpec | null, change: Partial<ServiceSpec> = {}): ServiceSpec {
  const { spec } = release();
  const judge = { ...spec.judge, latency, alphaHarm: 0.01, alphaSafe: 0.05 };
  return {
    ...spec,
    listen: { port: 80, address: '::', host: null, path: '/' } as ServiceSpec['listen'],
    judge,
    ...change,
  };
}

const histogram = (milliseconds: readonly number[]): Latencies => {
  const counts = new Map<number, number>();
  for (const value of milliseconds) {
    const bucket = bucketOf(value * 1000);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts];
};

type Random = () => number;

/** Lognormal around 80 ms with sd .6: p95 is 215 ms, p99 323 ms. */
function milliseconds(random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return 80 * Math.exp(0.6 * normal);
}

const pastOf = (requests: number, random: Random) =>
  withPast(NO_PAST, histogram(Array.from({ length: requests }, () => milliseconds(random))), BEGIN - 60_000);

/** What each request of a second takes, ms, the candidate's by how long it has had traffic; null: it never ends. */
interface World {
  readonly perSecond: number;
  readonly weight: number;
  readonly stable: (second: number) => number;
  readonly candidate: (second: number) => number | null;
}

/** A rollout of so many seconds through the real fold and ledger, every request ended or in flight as the router tells it. */
function watch(
  spec: ServiceSpec,
  past: ReturnType<typeof pastOf>,
  world: World,
  seconds: number,
  random: Random,
) {
  const judging = { rollout: 'shop-2', candidate: 'green', against: 'concurrent' } as const;
  const noPast = () => ({ n: 0, bad: 0 });
  let ledger = follow(
    startLedger('shop', 'shop-2', 'green', 0, { latencyPast: past }),
    judging,
    BEGIN,
    spec,
    noPast,
  );
  const flights = { blue: [] as Flight[], green: [] as Flight[] };
  let number = 0;
  for (let second = 0; second < seconds; second++) {
    const at = BEGIN + second * SECOND;
    for (let k = 0; k < world.perSecond; k++) {
      const isCandidate = random() < world.weight / 10_000;
      const startedAt = at + SECOND * random();
      const takes = (isCandidate ? world.candidate : world.stable)(second);
      const endsAt = takes === null ? Number.POSITIVE_INFINITY : startedAt + takes;
      flights[isCandidate ? 'green' : 'blue'].push({ startedAt, endsAt, told: null });
    }
    const blocks = (['blue', 'green'] as const).map((environment): TrafficBlock => {
      const firsts = [tell(flights[environment], at + SECOND, world.weight)];
      flights[environment] = flights[environment].filter(({ endsAt }) => endsAt > at + SECOND);
      number++;
      return { ...EMPTY, number, at, environment, firsts };
    });
    const folded = foldTraffic(ledger.traffic, blocks, at + SECOND + LATENESS);
    ledger = { ...ledger, traffic: folded.fold };
    for (const reading of folded.latencies) ledger = feedLatency(ledger, reading, spec);
    ledger = freezeLatency(ledger, spec, at + SECOND);
    if (ledger.harmAt !== null) break;
  }
  return ledger;
}

interface Flight {
  readonly startedAt: number;
  readonly endsAt: number;
  told: number | null;
}

function tell(flights: readonly Flight[], now: number, weight: number): FirstRequests {
  const ended: [number, number][] = [];
  const inFlight: [number, number][] = [];
  for (const flight of flights) {
    const bucket = bucketOf((Math.min(flight.endsAt, now) - flight.startedAt) * 1000);
    if (flight.told !== null) inFlight.push([flight.told, -1]);
    if (flight.endsAt <= now) ended.push([bucket, 1]);
    else inFlight.push([bucket, 1]);
    flight.told = bucket;
  }
  return { weight, ended, left: [], inFlight };
}

const EMPTY = {
  service: 'shop',
  release: 'r1',
  epoch: 'shop-2/3/0',
  length: SECOND,
  clients: { seen: 0, hurt: 0, hurtInRollout: 0 },
  requests: noRequests(),
  latency: [],
  bytesOut: 0,
  inFlight: 0,
} as const;

const verdictOf = (ledger: Ledger, spec: ServiceSpec) => {
  const { metrics, silent = [] } = evidenceOf(ledger, spec, NAMES);
  return {
    judged: metrics.find(({ metric }) => metric === 'latency') ?? null,
    silent: silent.find(({ metric }) => metric === 'latency') ?? null,
  };
};

const BUSY = { perSecond: 50, weight: 1_000 };

describe('cuts', () => {
  test('lie at the quantiles of stable, for the candidate so much further, and one finds stalls', () => {
    const cuts = cutsOf(DEFAULTS, pastOf(2_000, seeded(1)));
    expect(cuts.map(({ name }) => name)).toEqual(['p50', 'p95', 'p99', 'stall']);
    for (const { candidate, microseconds } of cuts.slice(0, 3)) {
      expect(candidate! / microseconds).toBeGreaterThanOrEqual(1.25);
      expect(candidate! / microseconds).toBeLessThan(1.34);
    }
    expect(cuts[3]!.microseconds).toBeGreaterThanOrEqual(5_000_000);
    expect(cuts[3]).toMatchObject({ cold: true });
  });

  test('of a very quick service leave alone what nobody notices', () => {
    const past = withPast(NO_PAST, histogram(new Array<number>(2_000).fill(2)), BEGIN);
    expect(cutsOf(DEFAULTS, past)[0]!.candidate).toBeGreaterThanOrEqual(50_000);
  });

  test('limits need no past, and allow the rest of their quantile', () => {
    const cuts = cutsOf({ ...DEFAULTS, limits: [{ quantile: 0.99, within: 500 }], thanStable: [] }, NO_PAST);
    expect(cuts.map(({ name }) => name)).toEqual(['limit of p99', 'stall']);
    expect(cuts[0]).toMatchObject({ floor: 0.01, expected: null });
    expect(cuts[0]!.microseconds).toBeGreaterThanOrEqual(500_000);
  });

  test('of a past that is too short there are none', () => {
    expect(cutsOf(DEFAULTS, pastOf(10, seeded(2)))).toEqual([]);
  });

  test('the past is that of the last hour', () => {
    const one = withPast(NO_PAST, [[10, 5]], BEGIN);
    const two = withPast(one, [[20, 7]], BEGIN + 31 * 60_000);
    expect(two).toMatchObject({ running: [[20, 7]], before: [[10, 5]] });
    expect(withPast(two, [[30, 1]], BEGIN + 200 * 60_000)).toMatchObject({ running: [[30, 1]], before: [] });
    expect(() => withPast(NO_PAST, [[9_999, 1]], BEGIN)).toThrow(JudgeInputError);
  });
});

describe('a release', () => {
  const spec = specOf(DEFAULTS);

  test('that is twice as slow is harm, in words with its cut', () => {
    const random = seeded(3);
    const world = { ...BUSY, stable: () => milliseconds(random), candidate: () => 2 * milliseconds(random) };
    const { judged } = verdictOf(watch(spec, pastOf(2_000, random), world, 300, random), spec);
    expect(judged).toMatchObject({ verdict: 'harm' });
    expect(judged!.explanation).toMatch(
      /^[\d,]+ of [\d,]+ requests of r2 took [\d.]+ ms or longer \(for r1 its p\d+, [\d.]+ ms\), [\d,]+ of [\d,]+ of r1: /,
    );
  });

  test('that is as quick becomes safe', () => {
    const random = seeded(4);
    const draw = () => milliseconds(random);
    const world = { perSecond: 200, weight: 5_000, stable: draw, candidate: draw };
    const ledger = watch(spec, pastOf(2_000, random), world, 120, random);
    expect(verdictOf(ledger, spec).judged).toMatchObject({ verdict: 'safe', leaningSafe: true });
  });

  test('that hangs is found while everything is in flight, however cold it is', () => {
    const random = seeded(5);
    const world = { ...BUSY, stable: () => milliseconds(random), candidate: () => null };
    const ledger = watch(spec, pastOf(2_000, random), world, 20, random);
    expect(ledger.harmAt! - BEGIN).toBeLessThan(10_000);
    expect(verdictOf(ledger, spec).judged).toMatchObject({ verdict: 'harm' });
  });

  test('that needs a while to warm up is not taken back for it', () => {
    const random = seeded(6);
    const candidate = (second: number) => (second < 9 ? 12 : 1) * milliseconds(random);
    const world = { ...BUSY, stable: () => milliseconds(random), candidate };
    const cold = verdictOf(watch(spec, pastOf(2_000, random), world, 9, random), spec);
    expect(cold.judged).toBeNull();
    expect(cold.silent!.explanation).toContain('since r2 has warmed up it answered 0 requests');
    expect(watch(spec, pastOf(2_000, random), world, 120, random).harmAt).toBeNull();
    const impatient = specOf({ ...DEFAULTS, warmUp: 0 });
    const many = { ...world, perSecond: 500 };
    expect(watch(impatient, pastOf(2_000, random), many, 120, random).harmAt).not.toBeNull();
  });

  test('that breaks a promise is harm, unless stable breaks it as much', () => {
    const random = seeded(7);
    const promised = specOf({ ...DEFAULTS, limits: [{ quantile: 0.95, within: 250 }], thanStable: [] });
    const slow = () => 1.6 * milliseconds(random);
    const fine = () => milliseconds(random);
    const run = (stable: () => number, candidate: () => number) =>
      verdictOf(
        watch(promised, NO_PAST, { perSecond: 100, weight: 3_000, stable, candidate }, 200, random),
        promised,
      );
    expect(run(fine, slow).judged).toMatchObject({ verdict: 'harm' });
    expect(run(fine, slow).judged!.explanation).toContain('(limit of p95)');
    expect(run(slow, slow).judged!.verdict).not.toBe('harm');
    expect(run(fine, fine).judged).toMatchObject({ verdict: 'safe' });
  });

  test('of 40 that are fine hardly one is taken back, though stable is noisy and pauses', () => {
    const random = seeded(8);
    let harm = 0;
    for (let run = 0; run < 40; run++) {
      const pause = { from: 20 + 60 * random(), to: 0 };
      pause.to = pause.from + 2;
      // Each machine is up to a tenth quicker or slower, one request in 200 meets a collection, and all wait for a database at times.
      const arm = () => {
        const machine = 0.9 + 0.2 * random();
        return (second: number) =>
          machine * milliseconds(random) +
          (random() < 0.005 ? 150 : 0) +
          (second >= pause.from && second < pause.to ? 400 : 0);
      };
      const world = { perSecond: 60, weight: 2_000, stable: arm(), candidate: arm() };
      if (watch(spec, pastOf(2_000, random), world, 100, random).harmAt !== null) harm++;
    }
    expect(harm).toBeLessThanOrEqual(1);
  });
});

describe('nothing is said', () => {
  test('with too little past, with the reason, and later evidence of stable makes the cuts', () => {
    const random = seeded(9);
    const spec = specOf(DEFAULTS);
    const world = { ...BUSY, stable: () => milliseconds(random), candidate: () => 9_000 };
    const ledger = watch(spec, pastOf(12, random), world, 20, random);
    expect(verdictOf(ledger, spec)).toMatchObject({ judged: null, silent: { verdict: 'undecided' } });
    expect(verdictOf(ledger, spec).silent!.explanation).toContain('12 requests of the last hour');
    expect(ledger.harmAt).toBeNull();
    const late = freezeLatency({ ...ledger, latencyPast: pastOf(200, random) }, spec, BEGIN + 20_000);
    expect(late.latency!.cuts.map(({ name }) => name)).toEqual(['p50', 'p95', 'stall']);
  });

  test('of a router that does not measure it, and where it is switched off', () => {
    const spec = specOf(DEFAULTS);
    const random = seeded(10);
    const ledger = watch(spec, NO_PAST, { ...BUSY, stable: () => 1, candidate: () => 1 }, 1, random);
    expect(verdictOf(ledger, spec).silent).not.toBeNull();
    const off = specOf(null);
    expect(verdictOf(ledger, off)).toEqual({ judged: null, silent: null });
  });

  test('by impossible counts: they change nothing', () => {
    const random = seeded(11);
    const spec = specOf(DEFAULTS);
    const draw = () => milliseconds(random);
    const ledger = watch(spec, pastOf(2_000, random), { ...BUSY, stable: draw, candidate: draw }, 20, random);
    const none = { ended: [], left: [], inFlight: [] };
    const reading = { at: BEGIN + 30_000, weight: 1_000, stable: none, candidate: none };
    const slow = bucketOf(900_000);
    for (const wrong of [
      { candidate: { ...none, inFlight: [[slow, -3]] } },
      { candidate: { ...none, ended: [[slow, -3]] } },
      { stable: { ...none, ended: [[9_999, 1]] } },
      { stable: { ...none, ended: [[slow, 0.5]] } },
      { at: BEGIN },
    ] as const) {
      expect(() => feedLatency(ledger, { ...reading, ...wrong }, spec)).toThrow(JudgeInputError);
    }
  });

  test('by requests that were left before they were slow, by a candidate with all clients, and by what came before the cuts', () => {
    const random = seeded(12);
    const spec = specOf(DEFAULTS);
    const draw = () => milliseconds(random);
    const ledger = watch(spec, pastOf(2_000, random), { ...BUSY, stable: draw, candidate: draw }, 30, random);
    const counts = (of: Ledger) => verdictOf(of, spec).judged!.candidate;
    const usual = { ended: [], left: [[bucketOf(1_000), 500]] as const, inFlight: [] };
    const reading = { at: BEGIN + 40_000, weight: 1_000, stable: usual, candidate: usual };
    expect(counts(feedLatency(ledger, reading, spec))).toEqual(counts(ledger));
    const slow = { ended: [[bucketOf(9_000_000), 500]] as const, left: [], inFlight: [] };
    const alone = { ...reading, weight: 10_000, candidate: slow };
    expect(feedLatency(ledger, alone, spec).harmAt).toBeNull();
    const early = { ...reading, at: BEGIN - 1, candidate: slow };
    expect(feedLatency(ledger, early, spec).harmAt).toBeNull();
  });
});

test('a block that is read twice counts once, and one of an older router has nothing to say', () => {
  const firsts = [{ weight: 500, ended: [[40, 2]] as const, left: [], inFlight: [[41, 1]] as const }];
  const block: TrafficBlock = { ...EMPTY, number: 7, at: BEGIN, environment: 'green', firsts };
  const { firsts: _, ...old } = { ...block, number: 8 };
  const fold = startLedger('shop', 'shop-2', 'green', 0).traffic;
  const first = foldTraffic(fold, [block, old], BEGIN + 100);
  const second = foldTraffic(first.fold, [block], BEGIN + 5_000);
  expect(second.latencies).toHaveLength(1);
  expect(second.latencies[0]).toMatchObject({
    at: BEGIN,
    weight: 500,
    candidate: { ended: [[40, 2]], inFlight: [[41, 1]] },
  });
});
