import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiClient } from '../../src/api/client.ts';
import type { PreviewStatus, RolloutDetail } from '../../src/api/schema.ts';
import { get } from '../support/get.ts';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { lost, startTraffic, type Traffic } from '../support/traffic.ts';

let shop: Shop;
let traffic: Traffic | undefined;
beforeEach(async () => {
  shop = await openShop(`strategy: blue-green\n${QUICK}`);
  const first = await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  expect(first, first.stderr).toMatchObject({ code: 0 });
});
afterEach(async () => {
  await traffic?.stop();
  traffic = undefined;
  await shop.remove();
});

test('what allow-listed clients and previews see is no evidence', async () => {
  await shop.service.configure(
    [
      'strategy:',
      '  canary:',
      '    steps: [{ weight: 1%, approve: true }, 100%]',
      '    pace: fixed',
      '    identify: { header: X-User-Id }',
      '    always: { header: { X-Employee: "yes" } }',
      QUICK,
    ].join('\n'),
  );
  await shop.service.become({ version: 'v2', failRate: 1 });
  const deploy = shop.start('deploy', '--yes');
  await shop.until('the gate', ({ phase }) => phase === 'waiting');
  const { header } = await apiClient(shop.home).get<PreviewStatus>('/api/v1/services/shop/preview');
  for (let user = 0; user < 200; user += 1) {
    const insider = await get(shop.url, { 'x-user-id': `insider-${user}`, 'x-employee': 'yes' });
    const visitor = await get(shop.url, { 'x-user-id': `tester-${user}`, [header.name]: header.value });
    expect([insider, visitor].map(({ headers }) => headers['x-version'])).toEqual(['v2', 'v2']);
  }
  // A client that counts, so that the blocks of all the others are known to have been read.
  const counted = await someCandidateClient();
  const { rollout } = await shop.until('the one that counts', (now) => now.rollout?.hurt === 1);
  expect(counted).toBe(500);
  expect(rollout!.verdicts[0]).toMatchObject({ metric: 'errors', verdict: 'undecided' });
  await shop.until('its verdict', (now) => now.rollout?.verdicts[0]?.candidate.n === 1);
  expect((await shop.teal('abort', 'shop', '--yes')).code).toBe(0);
  expect((await deploy.ended).code).toBe(5);
});

test('a release that goes bad in its bake retreats to half, is compared there, and taken back', async () => {
  await shop.service.configure(
    'strategy: { canary: { steps: [100%], identify: { header: X-User-Id } } }\ndwell: 0s\nbake: 5m\nkeep: 1h',
  );
  traffic = startTraffic({ url: shop.url, rate: 300, clients: 3000 });
  const result = await shop.deploy({ version: 'v2', failRate: 0.5, failAfter: 900 }, '--wait', 'bake');
  expect(result, result.stdout + result.stderr).toMatchObject({ code: 3 });
  expect(lost(await traffic.stop())).toEqual([]);
  const { last, stable, split } = await shop.status();
  expect(last).toMatchObject({ outcome: 'rolled-back' });
  expect(split?.[stable!.environment]).toBe(10_000);
  const { events } = await apiClient(shop.home).get<RolloutDetail>(`/api/v1/rollouts/${last!.id}`);
  const told = events.map(({ type }) => type);
  const story = ['rollout-out', 'alarm-raised', 'retreated', 'take-back-decided', 'rollout-ended'];
  expect(told.filter((type) => story.includes(type))).toEqual(story);
});

/** Status of the first request that a client in the candidate's one percent sent. */
async function someCandidateClient(): Promise<number> {
  for (let user = 0; user < 5000; user += 1) {
    const { headers, status } = await get(shop.url, { 'x-user-id': `user-${user}` });
    if (headers['x-version'] === 'v2') return status;
  }
  throw new Error('none of 5000 clients is in one percent');
}
