import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { lost, startTraffic, type Traffic } from '../support/traffic.ts';

const STABLE = `strategy: blue-green\n${QUICK}`;

let shop: Shop;
let traffic: Traffic;
beforeAll(async () => {
  shop = await openShop(STABLE);
});
afterAll(() => shop.remove());
beforeEach(async () => {
  await shop.settle(STABLE);
  traffic = startTraffic({ url: shop.url, rate: 100, clients: 200 });
});
afterEach(async () => {
  await traffic.stop();
});

const versionsSeen = async () => new Set((await traffic.stop()).map(({ version }) => version));

test('a release that never becomes ready ends with its last probe; no user notices', async () => {
  await shop.service.configure(`strategy: blue-green\n${QUICK}`, '2s');
  const result = await shop.deploy({ version: 'v2', neverReady: true });
  expect(result, result.stdout).toMatchObject({ code: 4 });
  expect(result.stdout + result.stderr).toContain('503');
  expect(lost(await traffic.stop())).toEqual([]);
  expect(await versionsSeen()).toEqual(new Set(['v1']));
});

test('a crash loop ends with exit code and last log lines; no user notices', async () => {
  const result = await shop.deploy({ version: 'v2', neverReady: true, crashAfter: 100 });
  expect(result, result.stdout).toMatchObject({ code: 4 });
  expect(result.stdout + result.stderr).toContain('out of luck');
  expect(await versionsSeen()).toEqual(new Set(['v1']));
});

test('a failed check ends the rollout with its evidence before any client saw the candidate', async () => {
  await shop.service.configure(
    `strategy: blue-green\n${QUICK}\nchecks:\n  - http: GET /\n    expect: { status: 200, body: /Welcome/ }`,
  );
  const result = await shop.deploy({ version: 'v2' });
  expect(result, result.stdout).toMatchObject({ code: 3 });
  expect(result.stdout + result.stderr).toContain('Welcome');
  expect(lost(await traffic.stop())).toEqual([]);
  expect(await versionsSeen()).toEqual(new Set(['v1']));
});

test('teal rollback goes back to the warm environment, and after retirement prepares the release again', async () => {
  expect(await shop.deploy({ version: 'v2' }, '--wait', 'bake')).toMatchObject({ code: 0 });
  expect(await text(shop.url)).toMatch(/^v2 /);
  const warm = await shop.teal('rollback', 'shop', '--yes');
  expect(warm, warm.stdout + warm.stderr).toMatchObject({ code: 0 });
  expect(await text(shop.url)).toMatch(/^v1 /);

  await shop.service.configure(`strategy: blue-green\ndwell: 1s\nbake: 300ms\nkeep: 0s\ndrain: 5s`);
  expect(await shop.deploy({ version: 'v3' }, '--wait', 'bake')).toMatchObject({ code: 0 });
  await shop.until('the old environment to be stopped', ({ environments }) =>
    Object.values(environments).some(({ state, instances }) => state === 'empty' && instances.length === 0),
  );
  const prepared = await shop.teal('rollback', 'shop', '--yes');
  expect(prepared, prepared.stdout + prepared.stderr).toMatchObject({ code: 0 });
  await shop.until('the rollback to have ended', ({ rollout }) => rollout === null);
  expect(await text(shop.url)).toMatch(/^v1 /);
  expect(lost(await traffic.stop())).toEqual([]);
});

test('a second deploy is refused while one runs, and --replace takes the running one back first', async () => {
  await shop.service.configure(`strategy: { blue-green: { approve: true } }\n${QUICK}`);
  await shop.service.become({ version: 'v2' });
  const waiting = shop.start('deploy', '--yes');
  await shop.until('the gate', ({ phase }) => phase === 'waiting');
  const refused = await shop.deploy({ version: 'v3' });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('--replace');
  await shop.service.configure(`strategy: blue-green\n${QUICK}`);
  const replacing = await shop.deploy({ version: 'v3' }, '--replace');
  expect(replacing, replacing.stdout + replacing.stderr).toMatchObject({ code: 0 });
  await waiting.ended;
  expect(await text(shop.url)).toMatch(/^v3 /);
  expect((await versionsSeen()).has('v2')).toBe(false);
});

const text = async (url: string) => (await fetch(url)).text();
