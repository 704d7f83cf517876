/** More requests than instances or router can bear, over both transports, with the router in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { LIMITS } from '../../../src/routers/embedded/visit/limits.ts';
import { createLogger } from '../../../src/system/log.ts';
import { ask, type Backend, backend, eventually, freePort, routing } from '../support.ts';

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('over %s', (_name, fastPath) => {
  let folder: string;
  let router: EmbeddedRouter;
  let blue: Backend;
  let port: number;
  let url: string;
  const held: ServerResponse[] = [];

  /** `room`: how long a request may wait for it, ms. */
  const start = async (concurrency: number | null, room = 60_000) => {
    const limits = { ...LIMITS, room };
    router = await startEmbeddedRouter(folder, createLogger('test', 'silent'), { fastPath, limits });
    const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, concurrency } };
    await router.apply(routing(port, [blue], { http }));
    await eventually('it is healthy', () => router.observe('shop')?.healthy.blue === 1);
  };
  const shed = async (reason: string) => {
    const family = (await router.metrics()).find(({ name }) => name === 'teal_router_shed_total');
    return family?.samples.find(({ labels }) => labels.reason === reason)?.value;
  };
  const connections = async () => {
    const family = (await router.metrics()).find(({ name }) => name === 'teal_router_connections');
    return family?.samples[0]?.value;
  };
  const traffic = (read: (block: ReturnType<EmbeddedRouter['traffic']>[number]) => number) =>
    router.traffic(0).reduce((sum, block) => sum + read(block), 0);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-overload-'));
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
    url = `http://127.0.0.1:${port}/`;
    held.length = 0;
    blue.handle = (_req, res) => void held.push(res);
  });
  afterEach(async () => {
    await router.close(0);
    await blue.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives an instance no more than it may have; as many wait, and the others are told to come again', async () => {
    await start(2);
    const asked = Array.from({ length: 7 }, (_, client) =>
      ask(url, { headers: { 'x-user-id': `user-${client}` } }),
    );
    const refused = await Promise.race(asked);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    await eventually('three are refused', async () => (await shed('crowded')) === 3);
    expect(blue.requests.length).toBe(2);
    for (const expected of [3, 4]) {
      held.shift()!.end('served');
      await eventually('the next one is there', () => blue.requests.length === expected);
    }
    const preview = ask(url, { headers: { 'x-teal-preview': 'open-sesame:blue' } });
    await eventually('a preview is let through', () => held.length === 3);
    for (const res of held) res.end('served');
    expect((await preview).status).toBe(200);
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 200, 503, 503, 503]);
    await eventually('all are counted', () => traffic(({ requests }) => requests['2xx']) === 4);
    // What an environment cannot bear is its own failure: a slower release is crowded sooner.
    expect(traffic(({ requests }) => requests.unreachable)).toBe(3);
    expect(traffic(({ clients }) => clients.hurt)).toBe(3);
    expect(router.observe('shop')?.inFlight.blue).toBe(0);
  });

  it('lets nobody wait for ever', async () => {
    await start(1, 200);
    const first = ask(url);
    await eventually('it is in work', () => held.length === 1);
    expect((await ask(url)).status).toBe(503);
    held.shift()!.end('served');
    expect((await first).status).toBe(200);
  });

  it('forgets who has left', async () => {
    await start(1);
    const first = ask(url);
    await eventually('it is in work', () => held.length === 1);
    const gone = connect(port, '127.0.0.1', () => gone.write('GET /gone HTTP/1.1\r\nHost: h\r\n\r\n'));
    await eventually('both are connected', async () => (await connections()) === 2);
    // Read after what came before it.
    expect((await ask(url)).status).toBe(503);
    gone.destroy();
    await eventually('it has left', async () => (await connections()) === 1);
    held.shift()!.end('served');
    expect((await first).status).toBe(200);
    blue.handle = (_req, res) => void res.end('served');
    expect((await ask(url)).status).toBe(200);
    expect(blue.requests.map(({ url }) => url)).not.toContain('/gone');
  });

  it('serves as much as can be served, in time, when twice as much comes', async () => {
    // Four at a time, each 20 ms: 200 a second at most, less where the machine has other work.
    let working = 0;
    let most = 0;
    blue.handle = (_req, res) => {
      working += 1;
      most = Math.max(most, working);
      setTimeout(() => {
        working -= 1;
        res.end('served');
      }, 20);
    };
    await start(4);
    const agent = new Agent({ keepAlive: true });
    const served: number[] = [];
    const refused: number[] = [];
    const one = async () => {
      const began = performance.now();
      const { status } = await ask(url, { agent });
      (status === 200 ? served : refused).push(performance.now() - began);
    };
    const all: Promise<void>[] = [];
    const from = performance.now();
    while (performance.now() - from < 2_000) {
      while (all.length < (performance.now() - from) * 0.4) all.push(one());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(all);
    agent.destroy();
    const took = performance.now() - from;
    const share = (times: number[], q: number) => times.sort((a, b) => a - b)[Math.floor(times.length * q)]!;
    expect(most).toBeLessThanOrEqual(4);
    expect(served.length).toBeGreaterThan(20);
    expect(refused.length).toBeGreaterThan(20);
    // Four are worked at and four wait: whoever is served has waited for two rounds at most, all of which together took this long. What those took
    // who were refused at once is what this process, which plays every part, needs to come to anything; one that is served does so some times.
    const round = (took * 4) / served.length;
    expect(share(served, 0.99)).toBeLessThan(4 * round + 4 * share(refused, 0.99));
    expect(share(refused, 0.5)).toBeLessThan(share(served, 0.99));
  });

  it('refuses a part of what comes when it is late with everything, and none of it is held against a release', async () => {
    blue.handle = (_req, res) => void res.end('served');
    await start(null);
    expect((await ask(url)).status).toBe(200);
    let busy = true;
    // Work that never ends, as more requests than can be served are.
    const work = () => {
      const until = performance.now() + 300;
      while (performance.now() < until);
      if (busy) setImmediate(work);
    };
    work();
    const seen = new Map<number, Awaited<ReturnType<typeof ask>>>();
    await eventually(
      'some are refused, and some are not',
      async () => {
        const all = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
        for (const given of all) seen.set(given.status, given);
        return seen.has(200) && seen.has(503);
      },
      40_000,
    );
    const answer = seen.get(503)!;
    expect([answer.headers['retry-after'], answer.headers['cache-control']]).toEqual(['1', 'no-store']);
    expect((await ask(url, { headers: { 'x-teal-preview': 'open-sesame:blue' } })).status).toBe(200);
    busy = false;
    await eventually(
      'nobody is any more',
      async () => {
        const all = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
        return all.every(({ status }) => status === 200);
      },
      30_000,
    );
    expect(new Set(seen.keys())).toEqual(new Set([200, 503]));
    expect(await shed('overload')).toBeGreaterThan(0);
    expect(traffic(({ clients }) => clients.hurt)).toBe(0);
    expect(traffic(({ requests }) => requests['5xx'] + requests.unreachable)).toBe(0);
  });
});
