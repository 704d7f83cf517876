import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BusyShop, openBusyShop } from '../support/busy-shop.ts';
import { QUICK } from '../support/shop.ts';
import { lost } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

let busy: BusyShop;
beforeEach(async () => {
  busy = await openBusyShop(`strategy: blue-green\n${QUICK}`);
});
afterEach(() => busy.close());

test('kill -9 of the supervisor: instances and router live on and are adopted', async () => {
  const { shop, traffic } = busy;
  const before = await shop.status();
  const pid = Number(await readFile(`${shop.home.supervisor}/pid`, 'utf8'));
  process.kill(pid, 'SIGKILL');
  const deployed = await waitFor(
    async () => {
      const result = await shop.deploy({ version: 'v2' }, '--wait', 'bake');
      return result.code === 0 ? result : null;
    },
    { what: 'a deploy after the supervisor came back', within: 40_000 },
  );
  expect(deployed.code).toBe(0);
  const after = await shop.status();
  expect(after.stable?.environment).toBe(before.stable?.environment === 'blue' ? 'green' : 'blue');
  expect(lost(await traffic.stop())).toEqual([]);
});
