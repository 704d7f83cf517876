import { describe, expect, test } from 'vitest';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { feed, follow, type Ledger, remember, startLedger } from '../../src/evidence/ledger.ts';
import { evidenceOf } from '../../src/evidence/verdicts.ts';
import { release } from '../daemon/support/release.ts';

const metric = (name: string): ServiceSpec['metrics'][number] => ({
  name,
  run: 'true',
  every: 1_000,
  within: 1_000,
  tolerate: 1.25,
  floor: 0.001,
});
const SPEC: ServiceSpec = { ...release().spec, metrics: [metric('orders'), metric('mails')] };
const NAMES = { candidate: 'r2', stable: 'r1' };
const NO_PAST = { n: 0, bad: 0 };

const started = (against: 'concurrent' | 'history', errors = NO_PAST): Ledger =>
  follow(
    startLedger('shop', 'shop-2', 'green', 0),
    { rollout: 'shop-2', candidate: 'green', against },
    1_000,
    SPEC,
    () => errors,
  );

/** Ten blocks in which `bad` of 100 of the candidate are bad, and `stable` of 100 of stable. */
function fed(ledger: Ledger, name: string, bad: number, stable = 0, from = 2_000): Ledger {
  let next = ledger;
  for (let block = 0; block < 10; block += 1) {
    const at = from + 1_000 * block;
    next = feed(
      next,
      { metric: name, at, candidate: { n: 100, bad }, stable: { n: 100, bad: stable } },
      SPEC,
    );
  }
  return next;
}

describe('compared with stable', () => {
  test('one metric that proves harm alone is named', () => {
    const { metrics } = evidenceOf(fed(started('concurrent'), 'orders', 50, 5), SPEC, NAMES);
    expect(metrics.find(({ verdict }) => verdict === 'harm')?.metric).toBe('orders');
  });

  test('weak signs of all metrics add up, and what they have proved stays', () => {
    let ledger = started('concurrent');
    let at = 2_000;
    const feedAll = (bad: number) => {
      at += 1_000;
      const arms = { candidate: { n: 100, bad }, stable: { n: 900, bad: 9 } };
      for (const name of ['errors', 'orders', 'mails'])
        ledger = feed(ledger, { metric: name, at, ...arms }, SPEC);
      return evidenceOf(ledger, SPEC, NAMES);
    };
    let found = feedAll(3);
    while (found.together === null && at < 600_000) found = feedAll(3);
    expect(found.metrics.map(({ verdict }) => verdict)).toEqual(['undecided', 'undecided', 'undecided']);
    expect(found.together?.explanation).toContain('mails: ');
    for (let block = 0; block < 50; block += 1) found = feedAll(0);
    expect(found.together).not.toBeNull();
  });

  test('metrics that are all fine prove nothing together', () => {
    let ledger = started('concurrent');
    for (const name of ['errors', 'orders', 'mails']) ledger = fed(ledger, name, 1, 1);
    expect(evidenceOf(ledger, SPEC, NAMES).together).toBeNull();
  });
});

describe('in the bake', () => {
  test('an hour that is bad for both releases, as the comparison before it has shown, is no alarm', () => {
    const to = (ledger: Ledger, against: 'concurrent' | 'history', now: number) =>
      follow(ledger, { rollout: 'shop-2', candidate: 'green', against }, now, SPEC, () => ({
        n: 100_000,
        bad: 100,
      }));
    const bake = (ledger: Ledger, bad: number) =>
      evidenceOf(fed(to(ledger, 'history', 50_000), 'errors', bad, 0, 51_000), SPEC, NAMES).alarm;
    const calm = fed(started('concurrent'), 'errors', 0);
    const bad = fed(started('concurrent'), 'errors', 5, 5);
    expect(bake(calm, 5)).not.toBeNull();
    expect(bake(bad, 5)).toBeNull();
    expect(bake(bad, 30)).not.toBeNull();
    // What was before the last comparison is not what stable did lately.
    const retreated = to(to(bad, 'history', 20_000), 'concurrent', 30_000);
    expect(bake(fed(retreated, 'errors', 0, 0, 31_000), 5)).not.toBeNull();
  });

  test('every chance of an alarm that teal.yaml takes is one, also of bursts before a retreat', () => {
    const judge = { ...SPEC.judge, alphaBake: 0.5 };
    const spec = { ...SPEC, judge, onAlarm: 'retreat', metrics: [] } as const;
    const judging = { rollout: 'shop-2', candidate: 'green', against: 'history' } as const;
    const begun = follow(startLedger('shop', 'shop-2', 'green', 0), judging, 1_000, spec, () => NO_PAST);
    const block = { metric: 'errors', at: 2_000, stable: { n: 0, bad: 0 } };
    const alarmAfter = (bad: number) =>
      evidenceOf(feed(begun, { ...block, candidate: { n: 100, bad } }, spec), spec, NAMES).alarm;
    expect(alarmAfter(0)).toBeNull();
    expect(alarmAfter(100)?.metric).toBe('errors');
  });

  test('errors are measured from the beginning, with 1 % where there is no past', () => {
    expect(evidenceOf(fed(started('history'), 'errors', 0), SPEC, NAMES).alarm).toBeNull();
    const { alarm } = evidenceOf(fed(started('history'), 'errors', 10), SPEC, NAMES);
    expect(alarm).toMatchObject({ metric: 'errors' });
    expect(alarm!.explanation).toContain(
      'clients of r2 got errors (10 %), where 1 % is allowed, because too little is known of the past',
    );
  });

  test('a metric waits for its past, and is measured by it', () => {
    const waiting = fed(started('history'), 'orders', 50);
    expect(evidenceOf(waiting, SPEC, NAMES).alarm).toBeNull();
    const known = remember(waiting, 'orders', { n: 200, bad: 60 }, SPEC);
    expect(evidenceOf(fed(known, 'orders', 30), SPEC, NAMES).alarm).toBeNull();
    const { alarm } = evidenceOf(fed(known, 'orders', 99), SPEC, NAMES);
    expect(alarm).toMatchObject({ metric: 'orders' });
    expect(alarm!.explanation).toMatch(/^990 of 1,000 cases of r2 were bad/);
  });

  test('a metric is measured by what stable did just before, where that was surely worse', () => {
    const compared = fed(started('concurrent'), 'orders', 30, 30);
    const judging = { rollout: 'shop-2', candidate: 'green', against: 'history' } as const;
    const bake = follow(compared, judging, 20_000, SPEC, () => NO_PAST);
    const known = remember(bake, 'orders', { n: 10_000, bad: 100 }, SPEC);
    expect(evidenceOf(fed(known, 'orders', 40, 0, 21_000), SPEC, NAMES).alarm).toBeNull();
    const alone = remember(started('history'), 'orders', { n: 10_000, bad: 100 }, SPEC);
    expect(evidenceOf(fed(alone, 'orders', 40), SPEC, NAMES).alarm).not.toBeNull();
  });

  test('a metric whose past counted nothing raises no alarm', () => {
    const known = remember(started('history'), 'orders', NO_PAST, SPEC);
    expect(evidenceOf(fed(known, 'orders', 100), SPEC, NAMES).alarm).toBeNull();
  });

  test('a retreat ends the test, and the next bake begins it anew', () => {
    const alarming = fed(started('history'), 'errors', 10);
    const judging = { rollout: 'shop-2', candidate: 'green', against: 'concurrent' } as const;
    const compared = follow(alarming, judging, 20_000, SPEC, () => NO_PAST);
    expect(evidenceOf(compared, SPEC, NAMES).alarm).toBeNull();
    const again = follow(compared, { ...judging, against: 'history' }, 30_000, SPEC, () => NO_PAST);
    expect(evidenceOf(again, SPEC, NAMES).alarm).toBeNull();
  });
});

describe('what a bake does not compare', () => {
  const unjudged = (ledger: Ledger, spec = SPEC) => evidenceOf(ledger, spec, NAMES).unjudged;

  test('is said by metric, with its reason', () => {
    expect(unjudged(started('concurrent'))).toBeUndefined();
    expect(unjudged(started('history'))).toEqual([
      'errors: not compared with the past, because nobody is known of the last 24 hours: 1 % is allowed meanwhile',
      'orders: its past has not been read',
      'mails: its past has not been read',
    ]);
    const known = remember(started('history', { n: 5_000, bad: 1 }), 'orders', NO_PAST, SPEC);
    expect(unjudged(remember(known, 'mails', { n: 9, bad: 0 }, SPEC))).toEqual([
      'orders: its command counted nothing of the past',
    ]);
    const [, orders, mails] = evidenceOf(known, SPEC, NAMES).metrics;
    expect(orders!.explanation).toMatch(
      /^not compared with the past, because its command counted nothing of the past; no case of r2/,
    );
    expect(mails!.explanation).toMatch(/^not compared with the past, because its past has not been read; /);
  });

  test('of a worker without metrics is everything', () => {
    const worker: ServiceSpec = { ...SPEC, listen: null, metrics: [] };
    const judging = { rollout: 'shop-2', candidate: 'green', against: 'history' } as const;
    const ledger = follow(startLedger('shop', 'shop-2', 'green', 0), judging, 1_000, worker, () => NO_PAST);
    expect(unjudged(ledger, worker)).toEqual([
      'errors: a worker has no clients to count, and it has no metrics',
    ]);
    expect(evidenceOf(ledger, worker, NAMES).metrics[0]!.explanation).toBe(
      'a worker has no clients to count: undecided',
    );
  });
});

describe('in words during the bake', () => {
  const wordsOf = (ledger: Ledger, stable = 'r1') =>
    evidenceOf(ledger, SPEC, { candidate: 'r2', stable }).metrics[0]!.explanation;

  test('the first release is measured by its past alone', () => {
    const ledger = fed(started('history', { n: 5_000, bad: 1 }), 'errors', 0);
    expect(wordsOf(ledger, 'a stable release')).toBe(
      'none of 1,000 clients of r2 got errors; the past allows 0.24 %',
    );
  });

  test('the comparison that was before comes second, and nothing is foretold of it', () => {
    const compared = fed(started('concurrent'), 'errors', 0);
    const bake = { rollout: 'shop-2', candidate: 'green', against: 'history' } as const;
    const ledger = follow(compared, bake, 13_000, SPEC, () => ({ n: 5_000, bad: 1 }));
    expect(wordsOf(compared)).toContain('if it goes on like this');
    expect(wordsOf(ledger)).toMatch(
      /^no client of r2 so far; before, beside r1: none of 1,000 clients of r2 got errors, none of 1,000 of r1; undecided, with 0 % of the evidence that harm needs and \d+ % of what safe needs$/,
    );
  });
});
