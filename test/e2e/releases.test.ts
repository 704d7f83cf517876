import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { waitFor } from '../support/wait-for.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop('');
});
afterEach(() => shop.remove());

test('a build that fails shows its output and keeps it, and users notice nothing', async () => {
  await shop.service.configure(
    `strategy: blue-green\nbuild: echo linking; echo no such symbol >&2; exit 7\n`,
  );
  const failed = await shop.deploy({ version: 'v1' });
  expect(failed).toMatchObject({ code: 4 });
  expect(failed.stdout).toContain('linking');
  expect(failed.stderr).toMatch(/E_BUILD_FAILED[\s\S]*ended with 7|ended with 7[\s\S]*E_BUILD_FAILED/);
  const kept = /its whole output is in (\S+\.log)/.exec(failed.stderr);
  expect(kept, failed.stderr).not.toBeNull();
  expect(await readFile(kept![1]!, 'utf8')).toBe('linking\nno such symbol\n');
});

test('old releases and what is kept of them are removed, those that may be needed stay', async () => {
  await shop.service.configure(
    `strategy: blue-green\nkeep-releases: 0\nbuild: echo building\nchecks: [{ run: echo checked }]\n${QUICK}`,
  );
  for (const version of ['v1', 'v2', 'v3', 'v4'])
    expect(await shop.deploy({ version }, '--wait', 'bake'), version).toMatchObject({ code: 0 });
  const releases = () => readdir(join(shop.home.releases, 'shop'));
  await waitFor(async () => (await releases()).length === 2, { what: 'only stable and the last good one' });
  const { stable } = await shop.status();
  expect(await releases()).toContain(stable!.release);
  const back = await shop.teal('rollback', 'shop', '--yes');
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
  expect(await (await fetch(shop.url)).text()).toMatch(/^v3 /);
});

test('an instance that dies comes back before anybody is turned away', async () => {
  await shop.service.configure(`strategy: blue-green\nhold: 10s\n${QUICK}`);
  expect(await shop.deploy({ version: 'v1' }, '--wait', 'bake')).toMatchObject({ code: 0 });
  const { environments, stable } = await shop.status();
  const [instance] = environments[stable!.environment].instances;
  process.kill(instance!.pid!, 'SIGKILL');
  expect((await fetch(shop.url)).status).toBe(200);
  const again = await shop.until('the restart to be counted', (status) =>
    status.environments[stable!.environment].instances.some(({ restarts }) => restarts === 1),
  );
  expect(again.phase).toBe('idle');
});
