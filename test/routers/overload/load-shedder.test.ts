/** The share that a router refuses, in loops of virtual time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadShedder } from '../../../src/routers/embedded/overload/load-shedder.ts';
import { TARGET } from '../../../src/routers/embedded/overload/standing-queue.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { type DayResult, simulate } from './simulated-loop.ts';

/** Of processor for a request, ms; loads are in parts of what can be served with that. */
const COST = 0.5;
const MS = 20_000;
/** By when it has found its share. */
const SETTLED = 8_000;

const seeds = fc.nat({ max: 1_000_000 });
/** In thousandths, since they shrink to what can be read. */
const between = (least: number, most: number) =>
  fc.integer({ min: least * 1_000, max: most * 1_000 }).map((thousandths) => thousandths / 1_000);
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor(sorted.length * q)]!;

/** Has a processor for the first `run` of each `period` ms, as one of several that want it. */
const sliced = (run: number, period: number) => (now: number) => {
  const start = Math.floor(now / period) * period;
  return now < start + run
    ? ([now, start + run] as const)
    : ([start + period, start + period + run] as const);
};

/** Has none from `start` to `end`. */
const stopped = (start: number, end: number) => (now: number) =>
  now < start ? ([now, start] as const) : ([Math.max(now, end), Number.POSITIVE_INFINITY] as const);

interface Kind extends Partial<Omit<Parameters<typeof simulate>[0], 'rate' | 'cost' | 'refusal'>> {
  /** What comes, in parts of what a whole processor serves. */
  readonly load?: (now: number) => number;
  /** The cost of a refusal, in parts of a request's. */
  readonly refusal?: number;
}

const day = (seed: number, kind: Kind): DayResult => {
  const { uniform: random } = seededRandom(seed);
  const { load = () => 0.5, refusal = 0.2 } = kind;
  const rate = (now: number) => load(now) / COST;
  const shedder = new LoadShedder(random);
  return simulate({ shedder, random, ms: MS, ...kind, cost: COST, refusal: refusal * COST, rate });
};

/** Refuses nobody, whatever comes. */
class Patient extends LoadShedder {
  override refuses(): boolean {
    return false;
  }
}

describe('nobody is refused', () => {
  it('by a router that serves less than it can, however busy the machine is', () => {
    const shares = fc.record({
      seed: seeds,
      run: between(1, 60),
      part: between(0.1, 1),
      load: between(0.01, 0.8),
    });
    fc.assert(
      fc.property(shares, ({ seed, run, part, load }) => {
        const processor = sliced(run, run / part);
        expect(day(seed, { load: () => load * part, processor }).refused).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('since it was stopped for a second under half of what it can serve', () => {
    const stops = fc.record({ seed: seeds, at: between(0, 10_000), ms: between(0, 1_000) });
    fc.assert(
      fc.property(stops, ({ seed, at, ms }) => {
        const { refused, served } = day(seed, { processor: stopped(at, at + ms) });
        expect(refused).toBe(0);
        expect(served.at(-1)).toBeGreaterThanOrEqual(ms / 2);
      }),
      { numRuns: 40 },
    );
  });

  it('for a burst', () => {
    const bursts = fc.record({ seed: seeds, ms: between(10, 200), times: between(1, 3) });
    fc.assert(
      fc.property(bursts, ({ seed, ms, times }) => {
        const load = (now: number) => (now % 2_000 < ms ? times : 0.3);
        expect(day(seed, { load }).refused).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('a second after the crowd has left', () => {
    fc.assert(
      fc.property(fc.record({ seed: seeds, times: between(1.2, 3) }), ({ seed, times }) => {
        const load = (now: number) => (now < 10_000 ? times : 0.5);
        expect(day(seed, { load }).refused).toBeGreaterThan(0);
        expect(day(seed, { load, from: 11_000 }).refused).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});

describe('where more comes than can be served', () => {
  const crowds = fc
    .record({
      seed: seeds,
      times: between(1.2, 5),
      refusal: between(0.02, 0.45),
      run: between(1, 20),
      part: between(0.2, 1),
    })
    // Where refusals alone take most of the time, little is left to steer with: of less than a fifth p99 is up to five times the target.
    .filter(({ times, refusal }) => (1 / times - refusal) / (1 - refusal) > 0.2);

  it('who is served waits for about the target twice, and most of what can be served is', () => {
    fc.assert(
      fc.property(crowds, ({ seed, times, refusal, run, part }) => {
        const processor = sliced(run, run / part);
        const { served, refused } = day(seed, {
          load: () => times * part,
          processor,
          refusal,
          from: SETTLED,
        });
        expect(refused).toBeGreaterThan(0);
        // Once before the request is read and once before the answer is; each may be somebody else's slice longer.
        expect(quantile(served, 0.99)).toBeLessThan(3 * TARGET + (2 * run) / part);
        // What is left when the others have been refused.
        const can = (part * (1 - refusal * times)) / (1 - refusal);
        expect((served.length * COST) / (MS - SETTLED)).toBeGreaterThan(0.8 * can);
      }),
      { numRuns: 40 },
    );
  });

  it('everybody would wait longer and longer otherwise', () => {
    fc.assert(
      fc.property(fc.record({ seed: seeds, times: between(1.2, 3) }), ({ seed, times }) => {
        const { served } = day(seed, { shedder: new Patient(), load: () => times, ms: 5_000 });
        expect(served.at(-1)).toBeGreaterThan(4 * TARGET);
      }),
      { numRuns: 10 },
    );
  });

  it('some are served even if refusing them all were not enough', () => {
    const { served, refused } = day(1, { load: () => 10 });
    expect(refused).toBeGreaterThan(0);
    expect(served.length).toBeGreaterThan(0);
  });
});
