/** Pages of another release, over both transports, with the router in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/core/world.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { createLogger } from '../../../src/system/log.ts';
import { type Ask, ask, type Backend, backend, canary, eventually, freePort } from '../support.ts';

const OLD = '/assets/index-BhqX3k2a.js';
const NEW = '/assets/index-Cx7tR9wQ.js';
const skew: NonNullable<Routing['skew']> = { paths: 'hashed', pin: 0, standIns: ['blue', 'green'] };

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('over %s', (_name, fastPath) => {
  let folder: string;
  let router: EmbeddedRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;

  const apply = (weight: number, change: Partial<Routing> = {}) =>
    router.apply(canary(port, [blue], [green], weight, { skew, ...change }));
  const get = (path: string, options: Ask = {}) =>
    ask(`http://127.0.0.1:${port}${path}`, {
      ...options,
      headers: { 'x-user-id': 'ann', ...options.headers },
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-skew-'));
    router = await startEmbeddedRouter(folder, createLogger('test', 'silent'), { fastPath });
    [blue, green, port] = await Promise.all([backend('blue'), backend('green'), freePort()]);
    for (const [instance, has] of [
      [blue, OLD],
      [green, NEW],
    ] as const) {
      const serve = instance.handle;
      instance.handle = (req, res) => {
        if (!req.url?.startsWith('/assets/') || req.url.startsWith(has)) {
          res.setHeader('cache-control', 'max-age=31536000, immutable');
          return serve(req, res);
        }
        req.resume();
        res.writeHead(404, { 'cache-control': 'max-age=60' }).end('a page of its own for 404');
      };
    }
    await apply(10_000);
    await eventually('both are healthy', () => {
      const healthy = router.observe('shop')?.healthy;
      return healthy?.blue === 1 && healthy.green === 1;
    });
  });
  afterEach(async () => {
    await router.close(0);
    await Promise.all([blue.close(), green.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const counted = (environment: 'blue' | 'green', what: '2xx' | '4xx') =>
    router
      .traffic(0)
      .filter((block) => block.environment === environment)
      .reduce((sum, block) => sum + block.requests[what], 0);
  const hurt = () => router.traffic(0).reduce((sum, block) => sum + block.clients.hurt, 0);

  it('finds the file of a page of before on the old release, and counts it there', async () => {
    const answer = await get(`${OLD}?v=1`, { headers: { 'if-none-match': '"x"' } });
    expect([answer.status, answer.body]).toEqual([200, 'blue']);
    expect(answer.headers['cache-control']).toBe('max-age=31536000, immutable');
    expect(blue.requests[0]).toMatchObject({ url: `${OLD}?v=1`, headers: { 'if-none-match': '"x"' } });
    expect((await get(OLD, { method: 'HEAD' })).status).toBe(200);
    expect((await get(NEW)).body).toBe('green');
    await eventually('it is counted', () => counted('blue', '2xx') === 2);
    await eventually('so is the other', () => counted('green', '2xx') === 1);
    expect([counted('green', '4xx'), hurt()]).toEqual([0, 0]);
    expect(router.observe('shop')?.inFlight).toEqual({ blue: 0, green: 0 });
  });

  it('says 404, not to be kept, where nobody has it or the one that stands in fails', async () => {
    const nowhere = async (path: string) => {
      const answer = await get(path);
      expect([answer.status, answer.headers['cache-control']]).toEqual([404, 'no-store']);
      expect(answer.body).toContain('No release in service');
    };
    await nowhere('/assets/index-Zz9yX8wV.js');
    blue.handle = (_req, res) => void res.writeHead(500).end();
    await nowhere(OLD);
    blue.handle = (_req, res) => void res.destroy();
    await nowhere(OLD);
    await eventually('its own environment said so', () => counted('green', '4xx') === 3);
    expect(hurt()).toBe(0);
    expect(router.observe('shop')?.inFlight).toEqual({ blue: 0, green: 0 });
  });

  it('leaves every other 404 as it is', async () => {
    const same = async (path: string, options?: Ask) => {
      const answer = await get(path, options);
      expect([answer.status, answer.body]).toEqual([404, 'a page of its own for 404']);
    };
    await same('/assets/app.js');
    await same(OLD, { method: 'POST', body: 'x' });
    await same(OLD, { method: 'DELETE' });
    await apply(10_000, { skew: null });
    await same(OLD);
    await apply(10_000, { skew: { ...skew, standIns: ['green'] } });
    await same(OLD);
    expect(blue.requests.length).toBe(0);
  });

  it('asks no candidate without a share, and leads no preview elsewhere', async () => {
    await apply(0);
    expect((await get(NEW)).status).toBe(404);
    expect(green.requests.length).toBe(0);
    const preview = { 'x-teal-preview': 'open-sesame:green' };
    expect((await get(OLD, { headers: preview })).body).toBe('a page of its own for 404');
    expect((await get(NEW, { headers: preview })).body).toBe('green');
  });

  it('goes by paths of ones own', async () => {
    await apply(10_000, { skew: { ...skew, paths: ['/assets/*'] } });
    blue.handle = (_req, res) => void res.end('from blue');
    expect((await get('/assets/app.js')).body).toBe('from blue');
  });

  describe('pins', () => {
    const pinned = { ...skew, pin: 600_000 };
    const navigate = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const load = async (cookie = '') => {
      const page = await get('/', { headers: { ...navigate, cookie } });
      // A pin is as old as its millisecond: what changes behind it has to come in a later one.
      const loaded = Date.now();
      await eventually('a later moment', () => Date.now() > loaded);
      const made = page.headers['set-cookie']?.find((line) => line.startsWith('teal_pin='));
      return { body: page.body, cookie: made?.split(';')[0] ?? '', attributes: made?.split('; ').slice(1) };
    };
    const fetched = async (cookie: string) =>
      (await get('/api', { headers: { 'sec-fetch-mode': 'cors', cookie } })).body;
    const seen = () => router.traffic(0).reduce((sum, block) => sum + block.clients.seen, 0);

    it('keep a client on the release of its page until it loads another', async () => {
      await apply(0, { skew: pinned });
      const { body, cookie, attributes } = await load();
      expect(body).toBe('blue');
      expect(attributes).toEqual(['Path=/', 'Max-Age=600', 'HttpOnly', 'SameSite=Lax']);
      await apply(10_000, { skew: pinned });
      expect(await fetched(cookie)).toBe('blue');
      expect(await fetched('')).toBe('green');
      const next = await load(cookie);
      expect(next.body).toBe('green');
      expect(await fetched(next.cookie)).toBe('green');
      expect(blue.requests.every(({ headers }) => !headers.cookie?.includes('teal_'))).toBe(true);
    });

    it('are over when the release is taken back, everybody at once', async () => {
      const { cookie } = await load();
      await apply(10_000, { skew: pinned });
      const page = await load();
      expect(await fetched(page.cookie)).toBe('green');
      await apply(0, { skew: { ...pinned, standIns: ['blue'] } });
      expect(await fetched(page.cookie)).toBe('blue');
      expect(cookie).toBe('');
    });

    it('are no way to a candidate, and forged ones are nothing', async () => {
      await apply(10_000, { skew: pinned });
      const green = await load();
      await apply(1, { skew: pinned });
      expect(await fetched(green.cookie)).toBe('blue');
      expect(await fetched(green.cookie.replace('r2', 'r1'))).toBe('blue');
      await apply(10_000, { skew: pinned });
      expect(await fetched(green.cookie.replace('r2', 'r1'))).toBe('green');
    });

    it('leave those out of the comparison who have loaded no page since', async () => {
      await apply(0, { skew: pinned, epoch: 'shop-1/1' });
      const { cookie } = await load();
      await eventually('the page is counted', () => seen() === 1);
      await apply(5_000, { skew: pinned, epoch: 'shop-1/2' });
      await fetched(cookie);
      await eventually('the request is', () => counted('blue', '2xx') === 2);
      expect(seen()).toBe(1);
      await load(cookie);
      await eventually('now it is evidence again', () => seen() === 2);
    });
  });
});
