import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../support/get.ts';
import { openShop, QUICK, type Shop } from '../support/shop.ts';

const OLD = '/assets/app-BhqX3k2a.js';
const NEW = '/assets/app-Cx7tR9wQ.js';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop(`strategy: blue-green\n${QUICK}`);
});
afterEach(() => shop.remove());

const asset = async (path: string) => {
  const { status, headers } = await get(`${shop.url}${path}`);
  return status === 200 ? headers['x-version'] : status;
};

test("a page's files are found after the switch, and no longer once their release was taken back", async () => {
  expect(await shop.deploy({ version: 'v1', asset: OLD }, '--wait', 'bake')).toMatchObject({ code: 0 });
  expect([await asset(OLD), await asset(NEW)]).toEqual(['v1', 404]);
  expect(await shop.deploy({ version: 'v2', asset: NEW }, '--wait', 'bake')).toMatchObject({ code: 0 });
  expect([await asset(OLD), await asset(NEW)]).toEqual(['v1', 'v2']);
  expect(await shop.teal('rollback', 'shop', '--yes')).toMatchObject({ code: 0 });
  expect([await asset(OLD), await asset(NEW)]).toEqual(['v1', 404]);
});

test('maintenance keeps users out, over a restart of the daemon, while a rollout goes on', async () => {
  expect(await shop.deploy({ version: 'v1' }, '--wait', 'bake')).toMatchObject({ code: 0 });
  const on = await shop.teal('maintenance', 'shop', 'on', '--message', 'New disks', '--for', '1h');
  expect(on, on.stderr).toMatchObject({ code: 0 });
  const refused = async () => {
    const { status, headers, text } = await get(shop.url);
    expect([status, Number(headers['retry-after']) > 3_000]).toEqual([503, true]);
    expect(text).toContain('New disks');
  };
  await refused();
  expect((await shop.teal('status', 'shop')).stdout).toMatch(/Maintenance by .*New disks/);
  expect(await shop.teal('down')).toMatchObject({ code: 0 });
  expect(await shop.teal('up')).toMatchObject({ code: 0 });
  await refused();
  expect(await shop.deploy({ version: 'v2' }, '--wait', 'bake')).toMatchObject({ code: 0 });
  await refused();
  expect(await shop.teal('maintenance', 'shop', 'off')).toMatchObject({ code: 0 });
  expect((await get(shop.url)).headers['x-version']).toBe('v2');
});
