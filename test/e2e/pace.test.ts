import { afterEach, beforeEach, expect, test } from 'vitest';
import { knowTraffic } from '../support/known-traffic.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { lost, startTraffic, type Traffic } from '../support/traffic.ts';

/** Steps at the pace of evidence; a floor at which a few hundred clients are enough to be safe. */
const PACED = [
  'strategy: { canary: { steps: [10%, 50%, 100%], identify: { header: X-User-Id } } }',
  'judge: { errors: { floor: 5% }, budget: 10 clients }',
  'dwell: 300ms',
  'bake: 300ms',
  'keep: 1h',
  'drain: 5s',
].join('\n');
/** New clients a second. */
const RATE = 150;

let shop: Shop;
let traffic: Traffic;
beforeEach(async () => {
  shop = await openShop(PACED, { version: 'v1' }, (home) => knowTraffic(home, RATE));
  const first = await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  expect(first, first.stderr).toMatchObject({ code: 0 });
  traffic = startTraffic({ url: shop.url, rate: RATE, clients: 1_000_000 });
});
afterEach(async () => {
  await traffic.stop();
  await shop.remove();
});

test('a good release goes out as fast as evidence comes, a bad one hurts few, and where nobody comes a person is asked', async () => {
  const good = await shop.deploy({ version: 'v2' });
  expect(good, good.stderr + good.stdout).toMatchObject({ code: 0 });
  expect(good.stdout).toContain('the harm budget');
  const promoted = await shop.until('v2 to be promoted', ({ last }) => last?.id === 'shop-2');
  expect(promoted.last).toMatchObject({ outcome: 'promoted' });
  const { events } = JSON.parse((await shop.teal('show', promoted.last!.id, '--json')).stdout) as {
    events: readonly { text: string; type: string }[];
  };
  const shares = events.filter(({ type }) => type === 'split-changed');
  // Nothing is known at first, so it begins below the first step: 10 clients / (1.5 s of all who come).
  expect(shares[0]!.text).toMatch(/ [2-8](\.\d+)? % /);
  expect(shares.length).toBeGreaterThan(3);

  const bad = await shop.deploy({ version: 'v3', failRate: 1 });
  expect(bad, bad.stderr + bad.stdout).toMatchObject({ code: 3 });
  const { last } = await shop.status();
  expect(last).toMatchObject({ outcome: 'rolled-back' });
  // The budget bounds one reaction; a loaded machine may take some more of them to find out.
  expect(last!.hurt).toBeGreaterThan(0);
  expect(last!.hurt).toBeLessThan(60);

  expect(lost(await traffic.stop())).toEqual([]);
  await shop.service.become({ version: 'v4' });
  const quiet = shop.start('deploy', '--yes');
  const waiting = await shop.until('the budget to hold it', ({ rollout }) =>
    (rollout?.waitingFor ?? '').includes('the harm budget to allow 10 %'),
  );
  expect(waiting.rollout!.pace).toMatchObject({ upper: 1, budget: 10, next: 1000 });
  expect(waiting.rollout!.pace!.allowed).toBeLessThan(1000);
  expect(waiting.rollout!.pace!.clientsPerSecond).toBeGreaterThan(RATE / 2);
  expect((await shop.teal('promote', 'shop', '--yes')).code).toBe(0);
  expect((await quiet.ended).code).toBe(0);
}, 120_000);
