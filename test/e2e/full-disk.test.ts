/** A TEAL_HOME on a real file system that is full, which only root may make. */
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { routerStatus } from '../../src/processes/router-status.ts';
import { localClient } from '../../src/system/local-rpc.ts';
import { openShopIn, type Shop } from '../support/shop.ts';
import { isWithoutMount, makeSmallHome } from '../support/small-disk.ts';
import { TEAL_BIN } from '../support/spawn-teal.ts';
import { waitFor } from '../support/wait-for.ts';

const BLUE_GREEN = 'strategy: blue-green\nbake: 1h\nhold: 0s\ndrain: 1s';

describe.skipIf(isWithoutMount())('on a full disk', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShopIn(await makeSmallHome(24), BLUE_GREEN);
    const first = await shop.deploy({ version: 'v1' });
    expect(first, first.stderr).toMatchObject({ code: 0 });
  });
  afterEach(() => shop.remove());

  const filler = () => join(shop.home.root, 'filler');
  /** Takes all of the room that is left. */
  async function fill(): Promise<void> {
    const zeros = function* () {
      for (;;) yield Buffer.alloc(64 * 1024);
    };
    await expect(pipeline(zeros, createWriteStream(filler()))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await stat(filler())).size).toBeGreaterThan(0);
  }

  test('a first release in its bake is taken back at once, and the end is written when there is room', async () => {
    await fill();
    const back = shop.start('rollback', 'shop', '--yes');
    await back.output(/Takes .* back \(in memory: the journal cannot be written now\)/);
    expect((await fetch(shop.url)).status).toBe(503);
    await rm(filler());
    expect(await back.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Rolled-back: shop-1'),
    });
  });

  test('a rollback that has to wait says for what, and is done when there is room', async () => {
    // It has no traffic that would have to be taken from it at once.
    const second = await shop.deploy({ version: 'v2', neverReady: true }, '--no-wait');
    expect(second, second.stderr).toMatchObject({ code: 0 });
    await shop.until('the second release', ({ rollout }) => rollout?.id === 'shop-2');
    await fill();
    const back = shop.start('rollback', 'shop', '--yes');
    await waitFor(() => /The rollback waits, .* The journal cannot be written/.test(back.stderr()));
    expect((await fetch(shop.url)).headers.get('x-version')).toBe('v1');
    await rm(filler());
    expect(await back.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Rolled-back: shop-2'),
    });
  });

  test('a router that is killed comes back; one that is upgraded goes on, and is once there is room', async () => {
    const router = () => routerStatus(shop.home);
    const before = (await router())!;
    await fill();
    process.kill(before.pid, 'SIGKILL');
    const next = await waitFor(
      async () => {
        const now = await router();
        return now !== null && now.pid !== before.pid ? now : null;
      },
      { what: 'the next router' },
    );
    const served = () =>
      waitFor(async () => (await fetch(shop.url)).headers.get('x-version') === 'v1', { what: 'an answer' });
    await served();

    const client = localClient(shop.home.routerSocket, 'the router');
    const upgrade = () => client.call('upgrade', { command: [process.execPath, TEAL_BIN, 'router'] }, 60_000);
    try {
      // What was counted could not be handed over.
      await expect(upgrade()).rejects.toMatchObject({
        code: 'E_ROUTER_UPGRADE',
        why: expect.stringContaining('ENOSPC'),
      });
      expect((await router())!.pid).toBe(next.pid);
      await served();
      await rm(filler());
      await upgrade();
      expect((await router())!.pid).not.toBe(next.pid);
      await served();
    } finally {
      client.close();
    }
  }, 60_000);
});
