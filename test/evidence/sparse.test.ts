import { describe, expect, test } from 'vitest';
import { feed, follow, type Ledger, startLedger } from '../../src/evidence/ledger.ts';
import { peakBefore } from '../../src/evidence/peak-traffic.ts';
import { evidenceOf } from '../../src/evidence/verdicts.ts';
import { specWith } from '../core/builders.ts';

const spec = specWith({});
const T = 1_800_000_000_000;
const judging = { rollout: 'shop-2', candidate: 'green', against: 'concurrent' } as const;
const begin = (n: number, bad: number) =>
  follow(startLedger('shop', 'shop-2', 'green', 0), judging, T, spec, () => ({ n, bad }));
const NAMES = { candidate: 'r2', stable: 'r1', perSecond: 0 };
const verdictOf = (ledger: Ledger) => evidenceOf(ledger, spec, NAMES).metrics[0]!;

/** One client on each side, so many times. */
function meet(ledger: Ledger, times: number, candidateBad: number, stableBad: number): Ledger {
  let next = ledger;
  for (let time = 0; time < times; time += 1) {
    const stable = { n: 1, bad: stableBad };
    const candidate = { n: 1, bad: candidateBad };
    next = feed(next, { metric: 'errors', at: T + time * 100_000, stable, candidate }, spec);
  }
  return next;
}

describe('a service with few clients', () => {
  test('takes harm from its past where the comparison leans to it, and says so', () => {
    const verdict = verdictOf(meet(begin(800, 1), 6, 1, 0));
    expect(verdict.verdict).toBe('harm');
    expect(verdict.explanation).toMatch(
      /6 of 6 clients of r2 got errors.*the past allows.*0 of 6 of r1 were hurt/,
    );
  });

  test('has nobody taken back for a bad day, which stable has too', () => {
    expect(verdictOf(meet(begin(800, 1), 8, 1, 1)).verdict).toBe('undecided');
  });

  test('waits for the comparison where its past allows as much, or nothing is known of it', () => {
    expect(verdictOf(meet(begin(800, 400), 6, 1, 0)).verdict).toBe('undecided');
    expect(verdictOf(meet(begin(2, 0), 6, 1, 0)).verdict).toBe('undecided');
    expect(begin(0, 0).sparse).toBeUndefined();
  });

  test('remembers it in plain data', () => {
    const ledger = meet(begin(800, 1), 3, 1, 0);
    const restored = JSON.parse(JSON.stringify(ledger)) as Ledger;
    expect(verdictOf(meet(restored, 0, 0, 0))).toEqual(verdictOf(ledger));
  });
});

test('a service with many clients is compared with stable alone, also one that is new', () => {
  expect(begin(17_280, 1).sparse).toBeUndefined();
  const busy = startLedger('shop', 'shop-2', 'green', 0, { peak: peakBefore(T, 11) });
  expect(follow(busy, judging, T, spec, () => ({ n: 800, bad: 1 })).sparse).toBeUndefined();
});

test('with all clients an alarm is direct where few come', () => {
  const alarmIn = (ledger: Ledger) => {
    const alone = follow(ledger, { ...judging, against: 'history' }, T + 1_000, spec, () => ({
      n: 800,
      bad: 1,
    }));
    const at = T + 2_000;
    const block = { metric: 'errors', at, candidate: { n: 20, bad: 20 }, stable: { n: 0, bad: 0 } };
    return evidenceOf(feed(alone, block, spec), spec, NAMES).alarm;
  };
  expect(alarmIn(begin(800, 1))).toMatchObject({ metric: 'errors', direct: true });
  expect(alarmIn(begin(18_000, 1))?.direct).toBeUndefined();
});
