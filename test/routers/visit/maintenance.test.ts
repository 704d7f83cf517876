/** Users kept out of a service, over both transports, with the router in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/core/world.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { createLogger } from '../../../src/system/log.ts';
import { ask, type Backend, backend, eventually, freePort, routing } from '../support.ts';

const maintenance: NonNullable<Routing['maintenance']> = {
  ...{ message: 'New disks.', until: null, hold: 0 },
  allow: { name: 'x-employee', value: 'yes' },
};

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('maintenance over %s', (_name, fastPath) => {
  let folder: string;
  let router: EmbeddedRouter;
  let blue: Backend;
  let port: number;
  let url: string;
  const start = () => startEmbeddedRouter(folder, createLogger('test', 'silent'), { fastPath });
  const apply = (change: Partial<typeof maintenance> | null) =>
    router.apply(routing(port, [blue], { maintenance: change && { ...maintenance, ...change } }));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-maintenance-'));
    router = await start();
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
    url = `http://127.0.0.1:${port}/`;
    await apply(null);
    await eventually('it is healthy', () => router.observe('shop')?.healthy.blue === 1);
  });
  afterEach(async () => {
    await router.close(0);
    await blue.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('answers 503 with the message and when to come again, and counts nothing', async () => {
    expect((await ask(url)).body).toBe('blue');
    await eventually('it is counted', () => router.traffic(0).length === 1);
    await apply({ until: Date.now() + 90_000 });
    const answer = await ask(url);
    expect([answer.status, answer.headers['cache-control']]).toEqual([503, 'no-store']);
    expect(answer.body).toContain('New disks.');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(80);
    await apply({ message: null });
    expect((await ask(url)).body).toContain('The service is being maintained.');
    await apply(null);
    expect((await ask(url)).body).toBe('blue');
    await eventually('the two that were served are counted', () => {
      const total = router.traffic(0).reduce((sum, { requests }) => sum + requests['2xx'], 0);
      return total === 2;
    });
    expect(router.traffic(0).reduce((sum, { clients }) => sum + clients.hurt, 0)).toBe(0);
  });

  it('serves previews and allow-listed clients', async () => {
    await apply({});
    expect((await ask(url, { headers: { 'x-employee': 'yes' } })).body).toBe('blue');
    expect((await ask(url, { headers: { 'x-employee': 'no' } })).status).toBe(503);
    expect((await ask(url, { headers: { 'x-teal-preview': 'open-sesame:blue' } })).body).toBe('blue');
    expect((await ask(router.observe('shop')!.previews.blue!)).body).toBe('blue');
  });

  it('holds requests until it is over, and refuses them when they have waited long enough', async () => {
    await apply({ hold: 60_000 });
    let served = false;
    const held = ask(url).finally(() => {
      served = true;
    });
    expect((await ask(url, { headers: { 'x-employee': 'yes' } })).body).toBe('blue');
    expect(served).toBe(false);
    await apply(null);
    expect((await held).body).toBe('blue');
    await apply({ hold: 50 });
    expect((await ask(url)).status).toBe(503);
  });

  it('is over with its time, though nobody says so, and is known after a restart', async () => {
    await apply({ until: Date.now() + 100, hold: 60_000 });
    expect((await ask(url)).body).toBe('blue');
    await apply({});
    await router.close(0);
    router = await start();
    expect((await ask(url)).status).toBe(503);
  });
});
