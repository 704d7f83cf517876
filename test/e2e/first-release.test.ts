import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShop, QUICK, type Shop } from '../support/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop(`strategy: blue-green\n${QUICK}`);
});
afterEach(() => shop.remove());

test('the first deploy serves, the second switches, deploying the same again does nothing', async () => {
  const first = await shop.deploy({ version: 'v1' });
  expect(first, first.stderr).toMatchObject({ code: 0 });
  // teal up has waited for the router.
  expect(first.stdout).not.toContain('Problem:');
  expect(await text(shop.url)).toMatch(/^v1 /);

  const second = await shop.deploy({ version: 'v2' }, '--wait', 'bake');
  expect(second, second.stderr).toMatchObject({ code: 0 });
  expect(await text(shop.url)).toMatch(/^v2 /);
  const { stable, last, split } = await shop.status();
  expect(last?.outcome).toBe('promoted');
  expect(split?.[stable!.environment]).toBe(10_000);

  const third = await shop.deploy({ version: 'v2' });
  expect(third.code).toBe(0);
  expect(third.stdout).toContain('nothing to do');
});

test('a first release that never becomes ready fails, and the service says why', async () => {
  await shop.service.configure(`strategy: blue-green\nhold: 0s\n${QUICK}`);
  const result = await shop.deploy({ version: 'v1', neverReady: true, crashAfter: 50 });
  expect(result.code).toBe(4);
  expect(result.stdout + result.stderr).toMatch(/exit(ed)?[^\n]*3/);
  expect(result.stdout + result.stderr).toContain('out of luck');
  const answer = await fetch(shop.url);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
});

const text = async (url: string) => (await fetch(url)).text();
