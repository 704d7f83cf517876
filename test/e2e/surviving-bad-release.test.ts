import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusyShop, openBusyShop } from '../support/busy-shop.ts';
import { EVERY_STEP, killDaemonInEveryStep } from '../support/kill-every-step.ts';
import { lost } from '../support/traffic.ts';

let busy: BusyShop;
beforeEach(async () => {
  busy = await openBusyShop(EVERY_STEP);
});
afterEach(() => busy.close());

test('kill -9 of the daemon in every step does not save a bad release', async () => {
  const { shop, traffic } = busy;
  await shop.service.become({ version: 'v2', failRate: 0.3 });
  expect(await shop.teal('deploy', '--yes', '--no-wait')).toMatchObject({ code: 0 });
  // Behind the shift it may be taken back at once: safety does not wait for the hook there, nor for the observation.
  expect(await killDaemonInEveryStep(shop)).toContain('shift');
  expect((await shop.status()).last?.outcome).toBe('rolled-back');
  expect(lost(await traffic.stop())).toEqual([]);
});
