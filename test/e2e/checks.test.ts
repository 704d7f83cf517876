import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiClient } from '../../src/api/client.ts';
import type { RolloutDetail } from '../../src/api/schema.ts';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { lost, startTraffic } from '../support/traffic.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop(`strategy: blue-green\n${QUICK}`);
  const first = await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  expect(first, first.stderr).toMatchObject({ code: 0 });
});
afterEach(() => shop.remove());

/** Fails unless the release under test answers where the check is told to look. */
const sees = (version: string) =>
  `fetch(process.env.TEAL_URL).then((r) => process.exit(r.headers.get("x-version") === "${version}" ? 0 : 9))`;

test('checks see the candidate before and after the switch; one that fails in the bake takes it back', async () => {
  await shop.service.configure(
    [
      'strategy: blue-green',
      'checks:',
      `  - { name: looks, run: ${JSON.stringify(`${process.execPath} -e '${sees('v2')}'`)}, when: [verify, bake] }`,
      '  - { name: slow, run: sleep 1 }',
      '  - { name: last, run: "true", after: [slow] }',
      '  - { name: regression, run: "echo the cart is empty; exit 4", when: [bake], after: [looks] }',
      'bake: 1m\nkeep: 1h\ndrain: 5s',
    ].join('\n'),
  );
  const traffic = startTraffic({ url: shop.url, rate: 100, clients: 100 });
  const result = await shop.deploy({ version: 'v2' }, '--wait', 'bake');
  expect(lost(await traffic.stop())).toEqual([]);
  expect(result, result.stdout + result.stderr).toMatchObject({ code: 3 });
  expect(result.stdout + result.stderr).toContain('the cart is empty');
  expect(await (await fetch(shop.url)).text()).toMatch(/^v1 /);

  const { last } = await shop.status();
  const detail = await apiClient(shop.home).get<RolloutDetail>(`/api/v1/rollouts/${last!.id}`);
  const jobs = detail.jobs.map(({ name, state }) => `${name} ${state}`).sort();
  expect(jobs).toEqual(['last passed', 'looks passed', 'looks passed', 'regression failed', 'slow passed']);
});
