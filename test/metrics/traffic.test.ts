import { describe, expect, test } from 'vitest';
import type { Colour } from '../../src/core/model.ts';
import { noRequests, type TrafficBlock } from '../../src/core/ports.ts';
import { bucketOf } from '../../src/judge/histogram.ts';
import { blockOf, type EvidenceBlock } from '../../src/metrics/block.ts';
import { recentTraffic } from '../../src/metrics/recent.ts';
import { foldTraffic, LATENESS, startFold } from '../../src/metrics/traffic.ts';

const T = 1_800_000_000_000;
const NO_REQUESTS = noRequests();

let numbers = 0;
function block(
  environment: Colour,
  second: number,
  seen: number,
  hurt: number,
  over: Partial<TrafficBlock> = {},
): TrafficBlock {
  numbers += 1;
  return {
    number: numbers,
    at: T + second * 1_000,
    length: 1_000,
    service: 'shop',
    environment,
    release: environment === 'green' ? 'new' : 'old',
    epoch: 'shop-3/4/0',
    clients: { seen, hurt, hurtInRollout: hurt },
    requests: NO_REQUESTS,
    latency: [],
    bytesOut: 0,
    inFlight: 0,
    ...over,
  };
}
/** Blocks without who may yet be hurt: tests of that are by themselves. */
const counted = (closed: readonly EvidenceBlock[]) =>
  closed.map((one) => ({
    ...one,
    stable: { n: one.stable.n, bad: one.stable.bad },
    candidate: { n: one.candidate.n, bad: one.candidate.bad },
  }));
const start = () => startFold('shop', 'shop-3', 'green');
const closing = (second: number) => T + (second + 1) * 1_000 + LATENESS;
const errors = (second: number, stable: [number, number], candidate: [number, number]) => ({
  metric: 'errors',
  at: T + second * 1_000,
  stable: { n: stable[0], bad: stable[1] },
  candidate: { n: candidate[0], bad: candidate[1] },
});

test('both arms of the same second meet in one block, whenever they arrive', () => {
  const first = foldTraffic(start(), [block('blue', 0, 90, 1), block('blue', 1, 80, 0)], closing(0) - 1);
  expect(first.closed).toEqual([]);
  const second = foldTraffic(first.fold, [block('green', 0, 10, 2), block('green', 1, 8, 0)], closing(1));
  expect(counted(second.closed)).toEqual([errors(0, [90, 1], [10, 2]), errors(1, [80, 0], [8, 0])]);
  expect(second.fold.hurt).toBe(2);
});

test('a second closes only once the router was asked late enough after its end', () => {
  const { fold, closed } = foldTraffic(start(), [block('blue', 5, 1, 0)], closing(5) - 1);
  expect(closed).toEqual([]);
  expect(foldTraffic(fold, [], closing(5)).closed).toEqual([errors(5, [1, 0], [0, 0])]);
});

test('several workers, a time off the second, and a step in between add up', () => {
  const blocks = [
    block('blue', 0, 5, 0),
    block('blue', 0, 6, 1, { at: T + 999 }),
    block('blue', 0, 7, 0, { epoch: 'shop-3/5/0' }),
  ];
  expect(foldTraffic(start(), blocks, closing(0)).closed).toEqual([errors(0, [18, 1], [0, 0])]);
});

test('other services, other rollouts and seconds without clients are no evidence', () => {
  const blocks = [
    block('blue', 0, 5, 0, { service: 'other' }),
    block('blue', 0, 5, 0, { epoch: 'shop-30/4/0' }),
    block('blue', 0, 5, 0, { epoch: '' }),
    block('blue', 0, 0, 0),
  ];
  const { fold, closed } = foldTraffic(start(), blocks, closing(0));
  expect(closed).toEqual([]);
  expect(fold.block).toBe(blocks.at(-1)!.number);
  expect(fold.open).toEqual({});
});

test('clients hurt later than they were seen still count', () => {
  const { closed } = foldTraffic(start(), [block('green', 0, 0, 3)], closing(0));
  expect(closed).toEqual([errors(0, [0, 0], [0, 3])]);
});

describe('clients who may yet be hurt', () => {
  const arms = (second: number, over: Partial<TrafficBlock> = {}) => [
    block('blue', second, 90, 1, over),
    block('green', second, 10, 2, over),
  ];
  const fineIn = ({ stable, candidate }: EvidenceBlock) => [stable.fine ?? 0, candidate.fine ?? 0];

  test('are those of earlier seconds who were fine', () => {
    const { fold, closed } = foldTraffic(start(), [...arms(0), ...arms(1)], closing(1));
    const after = foldTraffic(JSON.parse(JSON.stringify(fold)), arms(2), closing(2));
    expect([...closed, ...after.closed].map(fineIn)).toEqual([
      [0, 0],
      [89, 8],
      [178, 16],
    ]);
  });

  test('are nobody where an epoch begins, whatever still comes of the one before', () => {
    const next = { epoch: 'shop-3/5/0' };
    const last = block('green', 2, 0, 1);
    const blocks = [...arms(0), ...arms(1), ...arms(1, next), last, ...arms(2, next)];
    const { closed } = foldTraffic(start(), blocks, closing(2));
    expect(closed.map(fineIn)).toEqual([
      [0, 0],
      [0, 0],
      [89, 8],
    ]);
  });

  test('are hurt late, and the router says how many', () => {
    const clients = { seen: 1, hurt: 5, hurtLate: 4, hurtInRollout: 5 };
    const { closed } = foldTraffic(start(), [block('green', 0, 0, 0, { clients })], closing(0));
    expect(closed[0]!.candidate).toEqual({ n: 1, bad: 5, late: 4 });
  });
});

test('the same blocks read twice count once, also after a restart from the saved state', () => {
  const blocks = [block('green', 0, 10, 2), block('blue', 0, 90, 1)];
  const before = foldTraffic(start(), blocks, T + 1_000).fold;
  const restored = JSON.parse(JSON.stringify(before)) as typeof before;
  const { fold, closed } = foldTraffic(restored, blocks, closing(0));
  expect(closed).toEqual([errors(0, [90, 1], [10, 2])]);
  expect(fold.hurt).toBe(2);
});

test('what comes too late is counted in the oldest open second, never lost', () => {
  const first = foldTraffic(start(), [block('blue', 0, 90, 0)], closing(0));
  const second = foldTraffic(first.fold, [block('green', 0, 10, 5)], closing(1));
  expect(counted(second.closed)).toEqual([errors(1, [0, 0], [10, 5])]);
});

test('a clock that is set back holds nothing up, and the time of blocks never goes back', () => {
  const before = foldTraffic(startFold('shop', 'shop-3', 'green'), [block('green', 0, 5, 0)], T + 2_500);
  const hourBack = T - 3_600_000;
  const blocks = [block('blue', -3_600, 90, 1), block('green', -3_600, 10, 9)];
  const after = foldTraffic(before.fold, blocks, hourBack + 1_500);
  expect(counted(after.closed)).toEqual([
    { metric: 'errors', at: T + 2_000, stable: { n: 90, bad: 1 }, candidate: { n: 10, bad: 9 } },
  ]);
  expect(after.fold).toMatchObject({ closedUpTo: T + 2_000, seenUpTo: hourBack + 1_000 });
  const next = foldTraffic(after.fold, [block('green', -3_599, 3, 1)], hourBack + 2_500);
  expect(next.closed.map(({ at }) => at)).toEqual([T + 2_000]);
});

test('after the daemon was away everything it missed comes in order', () => {
  const first = foldTraffic(start(), [block('blue', 0, 1, 0)], closing(0));
  const missed = [3, 1, 2].flatMap((second) => [block('blue', second, 9, 0), block('green', second, 1, 0)]);
  const { closed } = foldTraffic(first.fold, missed, closing(600));
  expect(counted(closed)).toEqual([1, 2, 3].map((second) => errors(second, [9, 0], [1, 0])));
});

test('recent traffic has rates and percentiles of the window alone', () => {
  const requests = {
    ...NO_REQUESTS,
    '2xx': 180,
    '4xx': 10,
    '5xx': 6,
    unreachable: 2,
    'timed-out': 1,
    'cut-off': 1,
  };
  const blocks = [
    block('blue', 0, 0, 0, { requests: { ...NO_REQUESTS, '5xx': 1_000 } }),
    block('blue', 1, 0, 0, {
      requests,
      latency: [
        [bucketOf(10_000), 99],
        [bucketOf(500_000), 1],
      ],
    }),
    block('blue', 2, 0, 0, {
      requests: NO_REQUESTS,
      latency: [
        [bucketOf(10_000), 99],
        [bucketOf(500_000), 1],
      ],
    }),
    block('blue', 3, 0, 0, { requests: { ...NO_REQUESTS, '5xx': 1_000 } }),
  ];
  const { release } = blocks[0]!;
  const before = block('blue', 1, 0, 0, { requests: { ...NO_REQUESTS, '5xx': 1_000 }, release: 'before' });
  const window = { from: T + 1_000, to: T + 3_000 };
  const recent = recentTraffic([before, ...blocks], window, { blue: release, green: release });
  expect(recent.green).toBeNull();
  expect(recent.blue).toMatchObject({ requestsPerSecond: 100, errorRate: 0.05 });
  expect(recent.blue!.p50! / 10).toBeCloseTo(1, 1);
  expect(recent.blue!.p99! / 10).toBeCloseTo(1, 1);
});

test('readings of a metric make a block of both arms', () => {
  const readings = [
    { metric: 'checkout', environment: 'green', bad: 1, total: 5 },
    { metric: 'checkout', environment: 'blue', bad: 2, total: 50 },
  ] as const;
  expect(blockOf(readings, 'green', T)).toEqual({
    metric: 'checkout',
    at: T,
    stable: { n: 50, bad: 2 },
    candidate: { n: 5, bad: 1 },
  });
  expect(blockOf(readings.slice(0, 1), 'green', T)!.stable).toEqual({ n: 0, bad: 0 });
  expect(blockOf([], 'green', T)).toBeNull();
});

test('arrivals of both arms meet by the weight at which they came', () => {
  const arrived = (environment: 'blue' | 'green', pairs: readonly (readonly [number, number])[]) =>
    block(environment, 0, 0, 0, { clients: { seen: 0, hurt: 0, hurtInRollout: 0, arrived: pairs } });
  const blocks = [
    arrived('blue', [
      [100, 99],
      [500, 19],
    ]),
    arrived('green', [[500, 1]]),
  ];
  const { fold, arrivals } = foldTraffic(start(), blocks, closing(0));
  expect(arrivals).toEqual([
    { at: T, weight: 100, stable: 99, candidate: 0 },
    { at: T, weight: 500, stable: 19, candidate: 1 },
  ]);
  expect(foldTraffic(fold, [], closing(1)).arrivals).toEqual([]);
});
