import { describe, expect, test } from 'vitest';
import { feed, follow, type Ledger, startLedger } from '../../src/evidence/ledger.ts';
import { evidenceOf } from '../../src/evidence/verdicts.ts';
import { specWith } from '../core/builders.ts';

const spec = specWith({});
const T = 1_800_000_000_000;
const judging = { rollout: 'shop-2', candidate: 'green', against: 'concurrent' } as const;
const begin = (n: number, bad: number) =>
  follow(startLedger('shop', 'shop-2', 'green', 0), judging, T, spec, () => ({ n, bad }));
const verdictOf = (ledger: Ledger) =>
  evidenceOf(ledger, spec, { candidate: 'r2', stable: 'r1', perSecond: 0 }).metrics[0]!;

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

test('a service with many clients is compared with stable alone', () => {
  expect(begin(8_640, 1).sparse).toBeUndefined();
});
