import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { lost, startTraffic, type Traffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const canary = (steps: string, rest = '') =>
  `strategy: { canary: { steps: ${steps}, pace: fixed, identify: { header: X-User-Id } } }\n${rest}\n${QUICK}`;

const STABLE = `strategy: blue-green\n${QUICK}`;

let shop: Shop;
let traffic: Traffic;
beforeAll(async () => {
  shop = await openShop(STABLE);
});
afterAll(() => shop.remove());
beforeEach(async () => {
  await shop.settle(STABLE);
  traffic = startTraffic({ url: shop.url, rate: 100, clients: 100 });
});
afterEach(async () => {
  await traffic.stop();
});

const versions = (from = 0) => new Set(traffic.seen.slice(from).map(({ version }) => version));

test('without a daemon in the middle of a canary everybody is sent to stable, and that ends the rollout', async () => {
  await shop.service.configure(canary('[{ weight: 50%, approve: true }, 100%]', 'fallback: 5s'));
  expect(await shop.deploy({ version: 'v2' }, '--no-wait')).toMatchObject({ code: 0 });
  await shop.until('the gate', ({ phase }) => phase === 'waiting');
  await waitFor(() => versions().has('v2'), { what: 'clients on the candidate' });

  expect(await shop.teal('down')).toMatchObject({ code: 0 });
  const away = traffic.seen.length;
  await waitFor(() => versions(away).has('v2'), { what: 'the candidate to serve on without a daemon' });
  const second = () => versions(traffic.seen.length - 100);
  await waitFor(() => traffic.seen.length > away + 100 && !second().has('v2'), { what: 'the fallback' });

  expect(await shop.teal('up')).toMatchObject({ code: 0 });
  const { last } = await shop.until('the end', ({ rollout }) => rollout === null);
  expect(last).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/router/) });
  expect(second()).toEqual(new Set(['v1']));
  expect(lost(await traffic.stop())).toEqual([]);
});

test('a freeze holds a rollout before its first user, until a person takes it back', async () => {
  const [from, , to] = [-1, 0, 2].map((days) => weekday(Date.now() + days * 86_400_000));
  await shop.service.configure(canary('[50%, 100%]', `freeze: ["${from} 00:00 - ${to} 00:00"]`));
  await shop.service.become({ version: 'v2' });
  const deploy = shop.start('deploy', '--yes');
  const held = await shop.until('the freeze', ({ rollout }) => /freeze/.test(rollout?.waitingFor ?? ''));
  expect(held).toMatchObject({ phase: 'waiting', split: { [held.stable!.environment]: 10_000 } });
  expect(Date.parse(held.rollout!.until!)).toBeGreaterThan(Date.now() + 86_400_000 / 2);
  expect(await shop.teal('abort', 'shop', '--yes')).toMatchObject({ code: 0 });
  expect(await deploy.ended).toMatchObject({ code: 5 });
  expect(versions()).toEqual(new Set(['v1']));
});

test('a gate that nobody answers does what the file says', async () => {
  const gate = (otherwise: string) =>
    canary(`[{ weight: 50%, approve: { within: 1s, otherwise: ${otherwise} } }, 100%]`);
  await shop.service.configure(gate('abort'));
  const aborted = await shop.deploy({ version: 'v2' });
  expect(aborted, aborted.stdout + aborted.stderr).toMatchObject({ code: 5 });
  await shop.service.configure(gate('continue'));
  const out = await shop.deploy({ version: 'v3' }, '--wait', 'bake');
  expect(out, out.stdout + out.stderr).toMatchObject({ code: 0 });
  expect(lost(await traffic.stop())).toEqual([]);
});

test('a pause holds the share as it is, and resume goes on from there', async () => {
  await shop.service.configure(canary('[{ weight: 50%, for: 2s }, 100%]'));
  await shop.service.become({ version: 'v2' });
  const deploy = shop.start('deploy', '--yes');
  await shop.until('half', ({ split }) => split?.blue === 5000);
  expect(await shop.teal('pause', 'shop')).toMatchObject({ code: 0 });
  const { rollout } = await shop.until('the pause', ({ phase }) => phase === 'paused');
  // Where the pause came late, the dwell is over already.
  const { startedAt } = rollout!.steps[rollout!.step]!;
  const dwelt = startedAt === null ? 0 : Date.parse(startedAt) + 2_500;
  await waitFor(() => Date.now() > dwelt, { what: 'the dwell to be over' });
  expect((await shop.status()).split).toEqual({ blue: 5000, green: 5000 });
  expect(await shop.teal('resume', 'shop')).toMatchObject({ code: 0 });
  expect(await deploy.ended).toMatchObject({ code: 0 });
});

const weekday = (at: number) =>
  new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: 'UTC' }).format(at);
