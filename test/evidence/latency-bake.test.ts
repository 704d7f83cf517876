/** Latency in the bake: what the real ledger says of a release that has become slow where nothing is left to compare with. */
import { describe, expect, test } from 'vitest';
import type { LatencySpec, ServiceSpec } from '../../src/core/service/service-spec.ts';
import { NO_PAST, withPast } from '../../src/evidence/latency.ts';
import { feedLatency, follow, type Ledger, startLedger } from '../../src/evidence/ledger.ts';
import { evidenceOf } from '../../src/evidence/verdicts.ts';
import { bucketOf, type Latencies } from '../../src/judge/index.ts';
import { release } from '../daemon/support/release.ts';
import { seeded } from '../judge/random.ts';

const SECOND = 1_000;
const BEGIN = 1_800_000_000_000;
const BAKE = BEGIN + 200 * SECOND;
const NAMES = { candidate: 'r2', stable: 'r1' };
const DEFAULTS: LatencySpec = {
  limits: [],
  thanStable: [0.5, 0.95, 0.99],
  tolerate: 1.25,
  floor: 50,
  warmUp: 10_000,
};

function specOf(latency: LatencySpec, onAlarm: ServiceSpec['onAlarm'] = 'retreat'): ServiceSpec {
  const { spec } = release();
  const listen = { port: 80, address: '::', host: null, path: '/' } as ServiceSpec['listen'];
  return { ...spec, listen, onAlarm, judge: { ...spec.judge, latency, alphaHarm: 0.01, alphaSafe: 0.05 } };
}

type Random = () => number;

/** So many requests, lognormal around 80 ms with sd .6, times a factor. */
function requests(random: Random, count: number, factor = 1): Latencies {
  const counts = new Map<number, number>();
  for (let k = 0; k < count; k++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const bucket = bucketOf(80_000 * Math.exp(0.6 * normal) * factor);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts];
}

const arm = (ended: Latencies, inFlight: Latencies = []) => ({ ended, left: [], inFlight });
const follows = (ledger: Ledger, against: 'concurrent' | 'history', at: number, spec: ServiceSpec) =>
  follow(ledger, { rollout: 'shop-2', candidate: 'green', against }, at, spec, () => ({ n: 9_000, bad: 9 }));

/** 200 seconds beside stable, or none, and then the bake, for so many seconds. */
function baked(
  spec: ServiceSpec,
  {
    known = 3_000,
    isCompared = true,
    seconds,
    second,
  }: {
    readonly known?: number;
    readonly isCompared?: boolean;
    readonly seconds: number;
    readonly second: (t: number, random: Random) => ReturnType<typeof arm>;
  },
): Ledger {
  const random = seeded(5);
  const latencyPast = withPast(NO_PAST, requests(random, known), BEGIN - SECOND);
  let ledger = startLedger('shop', 'shop-2', 'green', 0, { latencyPast });
  if (isCompared) {
    ledger = follows(ledger, 'concurrent', BEGIN, spec);
    for (let t = 0; t < 200; t++) {
      const both = { stable: arm(requests(random, 25)), candidate: arm(requests(random, 25)) };
      ledger = feedLatency(ledger, { at: BEGIN + t * SECOND, weight: 5_000, ...both }, spec);
    }
  }
  ledger = follows(ledger, 'history', BAKE, spec);
  for (let t = 0; t < seconds; t++) {
    const reading = { at: BAKE + t * SECOND, weight: 10_000, stable: arm([]), candidate: second(t, random) };
    ledger = feedLatency(ledger, reading, spec);
  }
  return ledger;
}

const said = (ledger: Ledger, spec: ServiceSpec) => {
  const { metrics, silent = [], alarm, unjudged = [] } = evidenceOf(ledger, spec, NAMES);
  const found = [...metrics, ...silent].find(({ metric }) => metric === 'latency');
  return { alarm, unjudged, explanation: found?.explanation };
};

describe('a release in the bake', () => {
  const spec = specOf(DEFAULTS);

  test('that becomes three times as slow raises the alarm, in words with its cut and what the past allows', () => {
    const slow = { seconds: 60, second: (_: number, random: Random) => arm(requests(random, 50, 3)) };
    const { alarm } = said(baked(spec, slow), spec);
    expect(alarm).toMatchObject({ metric: 'latency' });
    expect(alarm!.at).toBeLessThan(BAKE + 60 * SECOND);
    expect(alarm!.explanation).toMatch(
      /^[\d,]+ of [\d,]+ requests of r2 took [\d.]+ ms or longer \(for r1 its p\d+, [\d.]+ ms\) \([\d.]+ %\), where the past allows [\d.]+ %; by chance, with bursts such as it may have had, .* once in [\d,]+ releases$/,
    );
  });

  test('that hangs raises it while nothing has been answered', () => {
    const bucket = (seconds: number) => bucketOf(seconds * 1_000_000);
    const hanging = {
      seconds: 30,
      // Fifty more each second, and all that hang grow older together.
      second: (t: number) => arm([], t === 8 ? [[bucket(6), 400]] : [[bucket(0.001), 50]]),
    };
    expect(said(baked(spec, hanging), spec).alarm).toMatchObject({ metric: 'latency' });
  });

  test('that is as quick as before raises none, and says how it stands beside both pasts', () => {
    const fine = { seconds: 600, second: (_: number, random: Random) => arm(requests(random, 50)) };
    const { alarm, explanation, unjudged } = said(baked(spec, fine), spec);
    expect(alarm).toBeNull();
    expect(unjudged).toEqual([]);
    expect(explanation).toMatch(/the past allows [\d.]+ %.*; before, beside r1: /);
  });

  test('is forgiven a slow second now and then, as stable had them', () => {
    const hiccups = {
      seconds: 300,
      second: (t: number, random: Random) => arm(requests(random, 50, t % 60 === 7 ? 3 : 1)),
    };
    expect(said(baked(spec, hiccups), spec).alarm).toBeNull();
  });

  test('is not judged by its latency where too little is known, and that is said', () => {
    const slow = {
      known: 20,
      seconds: 60,
      second: (_: number, random: Random) => arm(requests(random, 50, 3)),
    };
    const { alarm, unjudged, explanation } = said(baked(spec, { ...slow, isCompared: false }), spec);
    expect(alarm).toBeNull();
    expect(unjudged).toEqual([
      'latency: too little is known of how quick r1 was: 20 requests of the last hour; it is judged from 200 on',
    ]);
    expect(explanation).toContain('too little is known');
  });
});

describe('where an alarm takes the release back by itself', () => {
  const slow = {
    isCompared: false,
    seconds: 60,
    second: (_: number, random: Random) => arm(requests(random, 50, 3)),
  };

  test('nobody can tell slow from a busy hour, but a promise counts', () => {
    const relative = specOf(DEFAULTS, 'rollback');
    expect(said(baked(relative, slow), relative).alarm).toBeNull();
    const promised = specOf(
      { ...DEFAULTS, limits: [{ quantile: 0.99, within: 500 }], thanStable: [] },
      'rollback',
    );
    const { alarm } = said(baked(promised, slow), promised);
    expect(alarm!.explanation).toContain('(limit of p99)');
  });

  test('a release that is still cold has its time', () => {
    const spec = specOf(
      { ...DEFAULTS, limits: [{ quantile: 0.99, within: 500 }], thanStable: [] },
      'rollback',
    );
    const cold = {
      isCompared: false,
      seconds: 60,
      second: (t: number, random: Random) => arm(requests(random, 50, t < 9 ? 5 : 1)),
    };
    expect(said(baked(spec, cold), spec).alarm).toBeNull();
  });
});
