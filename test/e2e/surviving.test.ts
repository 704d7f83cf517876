import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EVERY_STEP, killDaemonInEveryStep } from '../support/kill-every-step.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { lost, startTraffic, type Traffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

let shop: Shop;
let traffic: Traffic;
beforeEach(async () => {
  shop = await openShop('strategy: blue-green\nbake: 0s\n');
  const first = await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  expect(first, first.stderr).toMatchObject({ code: 0 });
  await shop.service.configure(EVERY_STEP);
  traffic = startTraffic({ url: shop.url, rate: 100, clients: 200 });
});
afterEach(async () => {
  await traffic.stop();
  await shop.remove();
});

test('kill -9 of the daemon in every kind of step loses nothing, and the rollout ends as it should', async () => {
  await shop.service.become({ version: 'v2' });
  expect(await shop.teal('deploy', '--yes', '--no-wait')).toMatchObject({ code: 0 });
  const kinds = await killDaemonInEveryStep(shop);
  expect((await shop.status()).last?.outcome).toBe('promoted');
  for (const kind of ['hook', 'prepare', 'verify', 'observe', 'approve', 'bake'])
    expect(kinds).toContain(kind);
  const requests = await traffic.stop();
  expect(lost(requests)).toEqual([]);
  expect(requests.at(-1)?.version).toBe('v2');
});

test('kill -9 of the daemon in every step does not save a bad release', async () => {
  await shop.service.become({ version: 'v2', failRate: 0.3 });
  expect(await shop.teal('deploy', '--yes', '--no-wait')).toMatchObject({ code: 0 });
  expect(await killDaemonInEveryStep(shop)).toContain('observe');
  expect((await shop.status()).last?.outcome).toBe('rolled-back');
  expect(lost(await traffic.stop())).toEqual([]);
});

test('kill -9 of the supervisor: instances and router live on and are adopted', async () => {
  const before = await shop.status();
  const pid = Number(await readFile(`${shop.home.supervisor}/pid`, 'utf8'));
  process.kill(pid, 'SIGKILL');
  const deployed = await waitFor(
    async () => {
      const result = await shop.deploy({ version: 'v2' }, '--strategy', 'blue-green', '--wait', 'bake');
      return result.code === 0 ? result : null;
    },
    { what: 'a deploy after the supervisor came back', within: 40_000 },
  );
  expect(deployed.code).toBe(0);
  const after = await shop.status();
  expect(after.stable?.environment).toBe(before.stable?.environment === 'blue' ? 'green' : 'blue');
  expect(lost(await traffic.stop())).toEqual([]);
});
