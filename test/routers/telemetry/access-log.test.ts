/** The access log: its files, and what stands in it, over both transports. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { type AccessEntry, openAccessLog } from '../../../src/routers/embedded/telemetry/access-log.ts';
import { createLogger } from '../../../src/system/log.ts';
import { ask, type Backend, backend, eventually, freePort, routing } from '../support.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'teal-access-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('over %s', (_name, fastPath) => {
  let router: EmbeddedRouter;
  let blue: Backend;
  let port: number;
  let url: string;
  const start = async (accessLog: number) => {
    router = await startEmbeddedRouter(folder, createLogger('test', 'silent'), { fastPath });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
    url = `http://127.0.0.1:${port}`;
    await router.apply(routing(port, [blue], { http: { ...HTTP_DEFAULTS, accessLog } }));
    await eventually('it is healthy', () => router.observe('shop')?.healthy.blue === 1);
  };
  afterEach(async () => {
    await router.close(0);
    await blue.close();
  });
  const path = () => join(folder, 'access', 'shop.ndjson');
  const entries = async (): Promise<AccessEntry[]> => {
    const text = await readFile(path(), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };

  it('has a line for each request, without headers and queries', async () => {
    await start(1);
    await ask(`${url}/cart?token=hidden`, {
      headers: { 'x-request-id': 'one', authorization: 'Bearer hidden' },
    });
    blue.handle = (_req, res) => void res.writeHead(500).end('bad');
    await ask(`${url}/bad`, { method: 'POST', body: 'hidden', headers: { cookie: 'session=hidden' } });
    await ask(`${url}/p`, { headers: { 'x-teal-preview': 'open-sesame:blue' } });
    blue.handle = (_req, res) => void res.destroy();
    await ask(`${url}/cut`);
    await eventually('all are there', async () => (await entries()).length === 4);
    const [cart, bad, preview, cut] = await entries();
    expect(cart).toMatchObject({
      ...{ service: 'shop', environment: 'blue', release: 'r1', request: 'one', client: '127.0.0.1' },
      ...{ host: `127.0.0.1:${port}`, method: 'GET', path: '/cart', preview: false },
      ...{ outcome: '2xx', status: 200, bytes: 4 },
    });
    expect(Date.parse(cart!.at)).toBeGreaterThan(Date.now() - 60_000);
    expect(cart!.ms).toBeGreaterThanOrEqual(cart!.head!);
    expect(bad).toMatchObject({ method: 'POST', path: '/bad', outcome: '5xx', status: 500 });
    expect(preview).toMatchObject({ path: '/p', preview: true });
    expect(cut).toMatchObject({ path: '/cut', outcome: 'cut-off', status: null, head: null });
    expect(await readFile(path(), 'utf8')).not.toMatch(/hidden|open-sesame/);
    expect((await stat(path())).mode & 0o077).toBe(0);
  });

  it('has only the share that was asked for, and is not there where none was', async () => {
    await start(0);
    for (let i = 0; i < 20; i += 1) await ask(url);
    await router.apply(routing(port, [blue], { http: { ...HTTP_DEFAULTS, accessLog: 0.5 } }));
    for (let i = 0; i < 60; i += 1) await ask(url);
    await eventually('some are there', async () => (await entries()).length > 5);
    await router.close(0);
    expect((await entries()).length).toBeLessThan(55);
  });

  it('has what maintenance keeps out, which is counted nowhere else', async () => {
    await start(1);
    const http = { ...HTTP_DEFAULTS, accessLog: 1 };
    const maintenance = { message: null, until: null, hold: 0, allow: null };
    await router.apply(routing(port, [blue], { http, maintenance }));
    expect((await ask(url)).status).toBe(503);
    await eventually('it is there', async () => (await entries()).length === 1);
    expect(await entries()).toMatchObject([{ environment: null, outcome: 'unreachable', status: null }]);
    await router.close(0);
    expect(router.traffic(0)).toEqual([]);
  });
});

describe('its files', () => {
  const entry: AccessEntry = {
    ...{ at: '2026-01-01T00:00:00.000Z', service: 'shop', environment: 'blue', release: 'r1', request: 'x' },
    ...{
      client: '192.0.2.1',
      host: 'h',
      method: 'GET',
      path: '/',
      preview: false,
      outcome: '2xx',
      status: 200,
    },
    ...{ head: 1, ms: 2, bytes: 3 },
  };

  it('are put aside when they are large, and the oldest go', async () => {
    for (let round = 0; round < 7; round += 1) {
      // Each as a process of its own would.
      const log = openAccessLog(folder, createLogger('test', 'silent'), 100);
      log.write({ ...entry, request: `round-${round}` });
      await log.close();
    }
    expect((await readdir(folder)).sort()).toEqual([1, 2, 3, 4].map((number) => `shop.ndjson.${number}`));
    expect(await readFile(join(folder, 'shop.ndjson.1'), 'utf8')).toContain('round-6');
    expect(await readFile(join(folder, 'shop.ndjson.4'), 'utf8')).toContain('round-3');
  });

  it('take no more memory than a disk can relieve, and a disk that refuses harms nobody', async () => {
    const log = openAccessLog(join(folder, 'file'), createLogger('test', 'silent'));
    const path = 'x'.repeat(100_000);
    for (let count = 0; count < 100; count += 1) log.write({ ...entry, path });
    await log.close();
    const { size } = await stat(join(folder, 'file', 'shop.ndjson'));
    expect(size).toBeGreaterThan(3e6);
    expect(size).toBeLessThan(4.3e6);
    const refused = openAccessLog(
      join(folder, 'file', 'shop.ndjson', 'no-folder'),
      createLogger('test', 'silent'),
    );
    refused.write(entry);
    await refused.close();
  });
});
