import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusyShop, openBusyShop } from '../support/busy-shop.ts';
import { EVERY_STEP, killDaemonInEveryStep } from '../support/kill-every-step.ts';
import { lost } from '../support/traffic.ts';

let busy: BusyShop;
beforeEach(async () => {
  busy = await openBusyShop(EVERY_STEP);
});
afterEach(() => busy.close());

test('kill -9 of the daemon in every kind of step loses nothing, and the rollout ends as it should', async () => {
  const { shop, traffic } = busy;
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
