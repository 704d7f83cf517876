import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keptLedger } from '../../src/evidence/kept.ts';
import { feed } from '../../src/evidence/ledger.ts';
import { evidenceOf } from '../../src/evidence/verdicts.ts';
import type { EvidenceBlock } from '../../src/metrics/block.ts';
import { foldTraffic } from '../../src/metrics/traffic.ts';
import { release } from '../daemon/support/release.ts';

/** Written in the middle of a canary by a Teal without latency, pace, arrivals and film. */
const OLD = readFileSync(new URL('kept-ledger.json', import.meta.url), 'utf8');
const SPEC = release().spec;
const NAMES = { candidate: 'r2', stable: 'r1' };

test('a ledger of an older Teal is read, with what it had counted', () => {
  const { metrics, pace } = evidenceOf(keptLedger(OLD), SPEC, NAMES);
  expect(metrics[0]).toMatchObject({
    metric: 'errors',
    verdict: 'undecided',
    candidate: { n: 900, bad: 2 },
    stable: { n: 8100, bad: 3 },
  });
  const [low, high] = metrics[0]!.ratio;
  expect(low).toBeLessThan(6);
  expect(high).toBeGreaterThan(6);
  expect(pace).toMatchObject({ upper: 1, countedSince: null, clients: 900 });
});

test('its rollout goes on: what is open is closed, and harm is found', () => {
  let ledger = keptLedger(OLD);
  const { fold, closed } = foldTraffic(ledger.traffic, [], 95_000);
  expect(closed).toHaveLength(1);
  ledger = { ...ledger, traffic: fold };
  const bad = { stable: { n: 90, bad: 0 }, candidate: { n: 10, bad: 9 } };
  const blocks: EvidenceBlock[] = [...closed, { metric: 'errors', at: 94_000, ...bad }];
  for (const block of blocks) ledger = feed(ledger, block, SPEC);
  const { metrics } = evidenceOf(keptLedger(JSON.stringify(ledger)), SPEC, NAMES);
  expect(metrics[0]).toMatchObject({ verdict: 'harm', candidate: { n: 920, bad: 11 } });
});
