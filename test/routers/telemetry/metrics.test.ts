/** What the router measures of itself, and what it never tells: over both transports, with the router in this process. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricSample } from '../../../src/core/traffic/metric-family.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { measureLoopLag } from '../../../src/routers/embedded/telemetry/loop-lag.ts';
import { createTotals } from '../../../src/routers/embedded/telemetry/totals.ts';
import type { Logger } from '../../../src/system/log.ts';
import { ask, askRaw, type Backend, backend, canary, eventually, freePort, routing } from '../support.ts';

const SECRET = 'open-sesame';

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('over %s', (_name, fastPath) => {
  let folder: string;
  let router: EmbeddedRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let url: string;
  let log = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-metrics-'));
    log = '';
    const write = (line: string) => {
      log += line;
    };
    const logger = pino({ level: 'trace' }, { write });
    router = await startEmbeddedRouter(folder, logger as Logger, { fastPath });
    [blue, green, port] = await Promise.all([backend('blue'), backend('green'), freePort()]);
    url = `http://127.0.0.1:${port}/`;
    await router.apply(canary(port, [blue], [green], 0));
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

  const samples = async (
    name: string,
    labels: Record<string, string> = {},
  ): Promise<readonly MetricSample[]> => {
    const family = (await router.metrics()).find((one) => one.name === name);
    return (family?.samples ?? []).filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  };
  const value = async (name: string, labels?: Record<string, string>) =>
    (await samples(name, labels))[0]?.value;

  it('counts requests by where and how they ended, with their times, and forgets what is removed', async () => {
    blue.handle = (req, res) => void res.writeHead(req.url === '/bad' ? 500 : 200).end('four');
    await ask(url);
    await ask(`${url}bad`);
    const blues = { service: 'shop', environment: 'blue' };
    await eventually(
      'they are counted',
      async () => (await value('teal_router_requests_total', { ...blues, outcome: '5xx' })) === 1,
    );
    expect(await value('teal_router_requests_total', { ...blues, outcome: '2xx' })).toBe(1);
    expect(await value('teal_router_response_bytes_total', blues)).toBe(8);
    const times = await samples('teal_router_request_duration_seconds', blues);
    expect(times.find(({ labels }) => labels.le === '+Inf')?.value).toBe(2);
    expect(times.find(({ suffix }) => suffix === '_count')?.value).toBe(2);
    expect(times.find(({ suffix }) => suffix === '_sum')?.value).toBeGreaterThan(0);
    expect(await value('teal_router_requests_in_flight', blues)).toBe(0);
    expect(await value('teal_router_resident_memory_bytes')).toBeGreaterThan(1e6);
    await router.remove('shop');
    expect(await samples('teal_router_requests_total')).toEqual([]);
  });

  it('does not bring back what is removed when its last request ends', async () => {
    const held: (() => void)[] = [];
    blue.handle = (_req, res) => void held.push(() => res.end('late'));
    const answer = ask(url);
    await eventually('it is with the instance', () => held.length === 1);
    await router.remove('shop');
    held[0]!();
    expect((await answer).body).toBe('late');
    await eventually('it is counted', async () =>
      (await router.traffic(0)).some(({ requests }) => requests['2xx'] === 1),
    );
    expect(await samples('teal_router_requests_total')).toEqual([]);
  });

  it('knows its connections, and which of them the fast path has handed over', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(url, { agent });
    expect(await value('teal_router_connections')).toBe(1);
    expect(await value('teal_router_handed_over_total')).toBe(0);
    await askRaw(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n');
    expect(await value('teal_router_handed_over_total')).toBe(fastPath ? 1 : 0);
    agent.destroy();
    await eventually('it is closed', async () => (await value('teal_router_connections')) === 0);
  });

  it('counts what maintenance keeps out', async () => {
    const maintenance = { message: null, until: null, hold: 0, allow: null };
    await router.apply(routing(port, [blue], { maintenance }));
    expect((await ask(url)).status).toBe(503);
    expect(await value('teal_router_kept_out_total')).toBe(1);
  });

  describe('the secret of previews', () => {
    it('opens the environment, and reaches neither an instance nor a log, right or wrong', async () => {
      for (const given of [`${SECRET}:green`, `${SECRET}:mauve`, `${SECRET}x:green`, 'wrong:green', SECRET]) {
        const answer = await ask(url, { headers: { 'X-Teal-Preview': given } });
        expect(answer.body).toBe(given === `${SECRET}:green` ? 'green' : 'blue');
      }
      blue.handle = (_req, res) => void res.destroy();
      expect((await ask(url, { headers: { 'x-teal-preview': `${SECRET}:blue` } })).status).toBe(502);
      await router.apply(canary(port, [blue], [green], 0, { outage: 'Nothing was released.' }));
      await ask(url, { headers: { 'x-teal-preview': `${SECRET}:candidate` } });
      const raw = [...blue.requests, ...green.requests].flatMap((request) => request.raw);
      expect(raw.join('\n')).not.toMatch(/x-teal-preview|open-sesame/i);
      expect(log).toContain('applied');
      expect(log).not.toContain(SECRET);
    });

    it('is kept where nobody else can read it', async () => {
      const [name] = await readdir(join(folder, 'table'));
      expect(await readFile(join(folder, 'table', name!), 'utf8')).toContain(SECRET);
      expect((await stat(join(folder, 'table'))).mode & 0o077).toBe(0);
    });
  });

  it('gives nobody the candidate for a cookie that it has not made', async () => {
    await router.apply(canary(port, [blue], [green], 5_000, { identify: { kind: 'auto' } }));
    const environments = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      const cookie = `teal_id=forged-${i}.${'A'.repeat(22)}; teal_pin=r2.zzzzzzzz.${'A'.repeat(22)}`;
      environments.add((await ask(url, { headers: { cookie } })).body);
    }
    expect(environments.size).toBe(1);
    const page = { 'sec-fetch-mode': 'navigate' };
    const { headers } = await ask(url, { headers: page });
    expect(headers['set-cookie']?.[0]).toMatch(/^teal_id=.*; HttpOnly; SameSite=Lax$/);
    const secure = await ask(url, { headers: { ...page, 'x-forwarded-proto': 'https' } });
    expect(secure.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
  });
});

describe('totals', () => {
  it('put latencies below the limits that they are below', () => {
    const totals = createTotals();
    const requests = {
      '1xx': 0,
      '2xx': 3,
      '3xx': 0,
      '4xx': 0,
      '5xx': 0,
      unreachable: 0,
      'timed-out': 0,
      'cut-off': 0,
      gone: 0,
    };
    const clients = { seen: 0, hurt: 0, hurtInRollout: 0 };
    const latency: [number, number][] = [
      [0, 1],
      [200, 2],
    ];
    totals.add([
      {
        ...{ at: 0, length: 1_000, service: 'shop', environment: 'blue', release: 'r1', epoch: '' },
        ...{ clients, requests, latency, bytesOut: 7, inFlight: 0 },
      } as never,
    ]);
    const [total] = totals.all();
    expect(total).toMatchObject({ bytesOut: 7, requests: { '2xx': 3 } });
    expect(total!.atMost.at(-1)).toBe(3);
    expect(total!.atMost[0]).toBe(1);
    expect(total!.atMost).toEqual([...total!.atMost].sort((a, b) => a - b));
  });
});

describe('loop lag', () => {
  it('is the time that work has kept everything else waiting', async () => {
    const samples: number[] = [];
    const lag = measureLoopLag((late) => {
      samples.push(late);
      lag.want();
    });
    await new Promise((resolve) => setTimeout(resolve, 1));
    const until = performance.now() + 300;
    while (performance.now() < until);
    expect(
      await eventually('it is seen', () => (lag.highest() > 150 ? lag.highest() : null)),
    ).toBeGreaterThan(150);
    const worst = lag.highest();
    await eventually('a second has passed', () => samples.length > 25);
    expect(lag.highest()).toBeGreaterThanOrEqual(worst);
    expect(Math.max(...samples)).toBeGreaterThan(150);
    lag.close();
  });
});
