import { expect } from 'vitest';
import { openShop, type Shop } from './shop.ts';
import { startTraffic, type Traffic } from './traffic.ts';

/** A shop with a stable release, whose 200 clients send 100 requests a second. */
export interface BusyShop {
  readonly shop: Shop;
  readonly traffic: Traffic;
  /** Stops the traffic and everything else. */
  close(): Promise<void>;
}

/** `yaml`: what later releases are rolled out by. */
export async function openBusyShop(yaml: string): Promise<BusyShop> {
  const shop = await openShop('strategy: blue-green\nbake: 0s\n');
  const first = await shop.deploy({ version: 'v1' }, '--wait', 'bake');
  expect(first, first.stderr).toMatchObject({ code: 0 });
  await shop.service.configure(yaml);
  const traffic = startTraffic({ url: shop.url, rate: 100, clients: 200 });
  return {
    shop,
    traffic,
    async close() {
      await traffic.stop();
      await shop.remove();
    },
  };
}
