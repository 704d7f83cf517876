import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../support/get.ts';
import { openShop, type Shop } from '../support/shop.ts';

/** Three services of one file on one listener: by path, by host, and what is left. */
const several = (port: number) => `
services:
  web:
    listen: { port: ${port}, address: 127.0.0.1 }
    <<: &rest
      run: exec ${process.execPath} server.mjs
      ready: { http: GET /healthz, every: 200ms }
      strategy: blue-green
      bake: 0s
      drain: 5s
      ${process.getuid?.() === 0 ? 'user: root' : ''}
  api:
    listen: { port: ${port}, address: 127.0.0.1, path: /api }
    <<: *rest
  admin:
    listen: { port: ${port}, address: 127.0.0.1, host: admin.test }
    <<: *rest
`;

let shop: Shop;
beforeEach(async () => {
  shop = await openShop('');
  await writeFile(shop.service.file, several(Number(new URL(shop.url).port)));
});
afterEach(() => shop.remove());

test('several services share a listener by host and path, and go out each by itself', async () => {
  const first = await shop.deploy({ version: 'v1' });
  expect(first, first.stdout + first.stderr).toMatchObject({ code: 0 });
  expect(await who('/')).toBe('web v1');
  expect(await who('/apiary')).toBe('web v1');
  expect(await who('/api')).toBe('api v1');
  expect(await who('/api/orders?open=1')).toBe('api v1');
  expect(await who('/api', 'admin.test')).toBe('admin v1');

  const second = await shop.deploy({ version: 'v2' }, '--service', 'api');
  expect(second, second.stdout + second.stderr).toMatchObject({ code: 0 });
  expect(await who('/api/orders')).toBe('api v2');
  expect(await who('/')).toBe('web v1');
  expect(await who('/', 'admin.test')).toBe('admin v1');

  const status = await shop.teal('status');
  for (const name of ['web', 'api', 'admin']) expect(status.stdout).toContain(name);
  // A fourth that would be served where one is: told by those who are asked, and before anything is made.
  await mkdir(join(shop.home.root, 'rival'));
  const listen = `{ port: ${new URL(shop.url).port}, address: 127.0.0.1, path: /api }`;
  const rival = join(shop.home.root, 'rival', 'teal.yaml');
  await writeFile(rival, `service: rival\nrun: "true"\nlisten: ${listen}\nuser: ${userInfo().username}\n`);
  const refused = await shop.teal('deploy', rival, '--yes');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('E_LISTEN_TAKEN') });
  expect(refused.stderr).toContain('The service api listens on the same port, host and path already.');
  expect((await shop.teal('doctor', rival)).stdout).toMatch(
    /BROKEN +Port of rival .*the service api is served there/,
  );
  expect((await shop.teal('status')).stdout).not.toContain('rival');

  // Which of three is meant is not guessed.
  const unclear = await shop.teal('rollback', '--yes');
  expect(unclear.code).toBe(2);
  const back = await shop.teal('rollback', 'api', '--yes');
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 });
  expect(await who('/api/orders')).toBe('api v1');
});

async function who(path: string, host?: string): Promise<string> {
  const { headers } = await get(shop.url + path, host === undefined ? {} : { host });
  return `${headers['x-service']} ${headers['x-version']}`;
}
