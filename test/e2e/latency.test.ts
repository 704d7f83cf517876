import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { startTraffic, type Traffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const CANARY = (least: string) =>
  [
    'strategy:',
    `  canary: { steps: [{ weight: 30%, for: ${least} }, 100%], pace: fixed, identify: { header: X-User-Id } }`,
    'judge: { latency: { warm-up: 0 } }',
    'dwell: 300ms\nbake: 300ms\nkeep: 1h\ndrain: 1s\nstop: { within: 1s }',
  ].join('\n');

let shop: Shop;
let traffic: Traffic | undefined;
beforeEach(async () => {
  shop = await openShop(CANARY('3s'));
  const first = await shop.deploy({ version: 'v1', delay: 30 }, '--wait', 'bake');
  expect(first, first.stderr).toMatchObject({ code: 0 });
});
afterEach(async () => {
  await traffic?.stop();
  traffic = undefined;
  await shop.remove();
});

test('a release as quick as stable goes out; a slow one and one that hangs are taken back for it', async () => {
  traffic = startTraffic({ url: shop.url, rate: 100, clients: 100_000 });
  // So much must be known of stable before its p50 and p95 are cut points.
  await waitFor(() => traffic!.seen.length >= 400, { what: 'a past' });
  const fine = await shop.deploy({ version: 'v2', delay: 30 }, '--wait', 'bake');
  expect(fine, fine.stdout + fine.stderr).toMatchObject({ code: 0 });

  await shop.service.configure(CANARY('2m'));
  const slow = await shop.deploy({ version: 'v3', delay: 150 }, '--wait', 'bake');
  expect(slow, slow.stdout + slow.stderr).toMatchObject({ code: 3 });
  const { last } = await shop.status();
  expect(last?.reason).toMatch(/latency: .* requests of .* took .* or longer/);

  await traffic.stop();
  // Few enough that requests that hang do not take all of the connections.
  traffic = startTraffic({ url: shop.url, rate: 30, clients: 100_000 });
  const hangs = await shop.deploy({ version: 'v4', delay: 3_600_000 }, '--wait', 'bake');
  expect(hangs, hangs.stdout + hangs.stderr).toMatchObject({ code: 3 });
  // Not by errors: none of its requests had come to its end.
  expect((await shop.status()).last?.reason).toMatch(/latency: .* requests of .* took .* or longer/);
});
