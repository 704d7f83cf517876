import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiClient, apiClient } from '../../src/api/client.ts';
import * as schema from '../../src/api/schema.ts';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { lost, startTraffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

/** The whole thing: supervisor, daemon, router and a service as processes of their own, driven through the API. */
let shop: Shop;
let api: ApiClient;

const CANARY = `strategy: { canary: { steps: [30%, 100%], pace: fixed, identify: { header: X-User-Id } } }\n${QUICK}`;

beforeEach(async () => {
  shop = await openShop(CANARY);
  api = apiClient(shop.home);
});
afterEach(() => shop.remove());

const service = async () => schema.service.parse(await api.get('/api/v1/services/shop'));

async function deploy(body: Record<string, unknown> = {}): Promise<string> {
  const answer = await api.post<{ rollout: string }>('/api/v1/services/shop/rollouts', {
    file: shop.service.file,
    yes: true,
    ...body,
  });
  return answer.rollout;
}

async function ended(rollout: string) {
  return waitFor(async () => {
    const { last } = await service();
    return last?.id === rollout ? last : null;
  });
}

test('deployed, a canary promoted, a bad one taken back with its evidence, and none of it costs a request', async () => {
  expect(await ended(await deploy())).toMatchObject({ outcome: 'promoted' });
  const traffic = startTraffic({ url: shop.url, rate: 100, clients: 500 });
  try {
    await shop.service.become({ version: 'v2' });
    expect(await ended(await deploy({ message: 'better' }))).toMatchObject({ outcome: 'promoted' });

    await shop.service.configure(CANARY.replace('dwell: 300ms', 'dwell: 1m'));
    await shop.service.become({ version: 'v3', failRate: 0.5 });
    const bad = await deploy();
    expect(await ended(bad)).toMatchObject({ outcome: 'rolled-back' });
    const detail = schema.rolloutDetail.parse(await api.get(`/api/v1/rollouts/${bad}`));
    expect(detail.verdicts[0]).toMatchObject({ metric: 'errors', verdict: 'harm' });
    expect(detail.verdicts[0]!.candidate.bad).toBeGreaterThan(0);
    expect(detail.events.map(({ type }) => type)).toContain('take-back-acknowledged');
    const log = await readFile(`${shop.home.logs}/daemon.log`, 'utf8');
    const ending = log.split('\n').find((line) => line.includes('"rollout-ended"') && line.includes(bad));
    expect(JSON.parse(ending!)).toMatchObject({ level: 40, service: 'shop', rollout: bad });
  } finally {
    expect(lost(await traffic.stop())).toEqual([]);
  }
  const { stable, split, problems } = await service();
  expect(split?.[stable!.environment]).toBe(10_000);
  expect(problems).toEqual([]);
});

test('a daemon that ends leaves everything serving, and another one takes up what there is', async () => {
  await ended(await deploy());
  const before = await service();
  const pids = (status: typeof before) =>
    Object.values(status.environments).flatMap(({ instances }) => instances.map((one) => one.pid));
  const pid = await shop.daemonPid();
  process.kill(pid, 'SIGTERM');
  const after = await waitFor(async () => {
    const now = (await shop.daemonPid()) === pid ? null : await service();
    return now?.split != null && pids(now).length > 0 ? now : null;
  });
  expect((await fetch(shop.url)).status).toBe(200);
  expect(after.stable).toEqual(before.stable);
  expect(pids(after)).toEqual(pids(before));
  const log = await readFile(`${shop.home.logs}/daemon.log`, 'utf8');
  expect(log).toContain('"msg":"the daemon ends; instances and router go on"');
});

test('a second daemon over the same home is refused with the pid of the first', async () => {
  const second = shop.start('daemon');
  const [code] = await once(second.child, 'close');
  expect(code).not.toBe(0);
  expect(second.stderr()).toContain(String(await shop.daemonPid()));
});

test('what cannot be deployed is refused before anything changes', async () => {
  await ended(await deploy());
  const stable = (await service()).stable;
  await shop.service.configure('strategy: teleport');
  await expect(deploy()).rejects.toMatchObject({ code: 'E_SPEC_INVALID', exitCode: 2 });
  await shop.service.configure('build: echo compiling && exit 7\n');
  await expect(deploy()).rejects.toMatchObject({ code: expect.stringMatching(/^E_BUILD_/) });
  expect((await service()).stable).toEqual(stable);
});
