import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { get } from '../support/get.ts';
import { openShop, QUICK, type Shop } from '../support/shop.ts';
import { lost, type Seen, startTraffic, type Traffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const CANARY = (steps: string, rest = QUICK) =>
  `strategy: { canary: { steps: ${steps}, pace: fixed, identify: { header: X-User-Id } } }\n${rest}`;

const CLIENTS = 400;

const STABLE = CANARY('[20%, 50%, 100%]');

let shop: Shop;
let traffic: Traffic | undefined;
beforeAll(async () => {
  shop = await openShop(STABLE);
});
afterAll(() => shop.remove());
beforeEach(async () => {
  await shop.settle(STABLE);
});
afterEach(async () => {
  await traffic?.stop();
  traffic = undefined;
});

test('a healthy canary is promoted without a lost request, and a client moves once, to the candidate', async () => {
  traffic = startTraffic({ url: shop.url, rate: 300, clients: CLIENTS });
  const result = await shop.deploy({ version: 'v2' }, '--wait', 'bake');
  expect(result, result.stderr).toMatchObject({ code: 0 });
  const { length } = traffic.seen;
  await waitFor(() => traffic!.seen.length > length + 2 * CLIENTS, {
    what: 'every client to have come again',
  });
  const seen = await traffic.stop();
  expect(lost(seen)).toEqual([]);
  for (const versions of byClient(seen).values()) {
    const moves = versions.filter((version, index) => index > 0 && version !== versions[index - 1]);
    expect(moves.length).toBeLessThanOrEqual(1);
    expect(versions.at(-1)).toBe('v2');
  }
});

test('the shares are those of the weights within sampling error', async () => {
  await shop.service.configure(CANARY('[{ weight: 20%, approve: true }, 100%]'));
  await shop.service.become({ version: 'v2' });
  const deploy = shop.start('deploy', '--yes');
  await shop.until('the gate', ({ phase }) => phase === 'waiting');
  const clients = 4000;
  const answers = new Map<string, number>();
  let next = 0;
  // Some at a time: that a router may refuse what comes all at once is not what this is about.
  const visitors = Array.from({ length: 16 }, async () => {
    while (next < clients) {
      const visitor = `visitor-${next++}`;
      const answer = await fetch(shop.url, { headers: { 'x-user-id': visitor } });
      await answer.text();
      const of = `${answer.status} ${answer.headers.get('x-version')}`;
      answers.set(of, (answers.get(of) ?? 0) + 1);
    }
  });
  await Promise.all(visitors);
  const counts = Object.fromEntries(answers);
  expect(
    { phase: (await shop.status()).phase, answers: Object.keys(counts).sort() },
    JSON.stringify(counts),
  ).toEqual({
    phase: 'waiting',
    answers: ['200 v1', '200 v2'],
  });
  // Five standard deviations of a share of 20 % among 4,000 independent buckets.
  expect(Math.abs(counts['200 v2']! / clients - 0.2), JSON.stringify(counts)).toBeLessThan(
    5 * Math.sqrt((0.2 * 0.8) / clients),
  );
  expect((await shop.teal('abort', 'shop', '--yes')).code).toBe(0);
  expect((await deploy.ended).code).toBe(5);
});

test('a candidate that fails 30 % of requests is taken back by itself, and the number of clients hurt is true', async () => {
  await shop.service.configure(CANARY('[20%, 50%, 100%]', 'dwell: 1m\nbake: 1m'));
  traffic = startTraffic({ url: shop.url, rate: 200, clients: 2000 });
  const result = await shop.deploy({ version: 'v2', failRate: 0.3 });
  expect(result, result.stderr + result.stdout).toMatchObject({ code: 3 });
  const seen = await traffic.stop();
  expect(lost(seen)).toEqual([]);
  const { last, stable, split } = await shop.status();
  expect(last?.outcome).toBe('rolled-back');
  expect(last?.reason).toMatch(/clients .*got errors/);
  expect(split?.[stable!.environment]).toBe(10_000);
  const hurt = new Set(
    seen.filter(({ status, version }) => status === 500 && version === 'v2').map(({ client }) => client),
  );
  expect(hurt.size).toBeGreaterThan(0);
  // Blocks close each second: what the last of them still had open at the end is in the report or in the next block.
  await shop.until('the report to hold every client', (status) => status.last?.hurt === hurt.size);
});

test('an anonymous visitor gets a cookie and keeps its environment', async () => {
  await shop.service.configure(
    `strategy: { canary: { steps: [{ weight: 50%, approve: true }, 100%], pace: fixed } }\n${QUICK}`,
  );
  await shop.service.become({ version: 'v2' });
  const deploy = shop.start('deploy', '--yes');
  await shop.until('the gate', ({ phase }) => phase === 'waiting');
  const navigate = { 'sec-fetch-mode': 'navigate', accept: 'text/html' };
  const found = new Set<string>();
  for (let visitor = 0; visitor < 40; visitor += 1) {
    const first = await get(shop.url, { ...navigate, 'user-agent': `browser ${visitor}` });
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0];
    expect(cookie).toBeDefined();
    const versions = new Set<string>();
    for (let again = 0; again < 5; again += 1) {
      const answer = await get(shop.url, { ...navigate, cookie: cookie!, 'user-agent': `other ${again}` });
      versions.add(String(answer.headers['x-version']));
    }
    expect(versions.size).toBe(1);
    found.add([...versions][0]!);
  }
  expect([...found].sort()).toEqual(['v1', 'v2']);
  expect((await shop.teal('promote', 'shop', '--yes')).code).toBe(0);
  expect((await deploy.ended).code).toBe(0);
});

/** For each client, the versions it saw in the order in which its requests were sent. */
function byClient(seen: readonly Seen[]): Map<number, string[]> {
  const clients = new Map<number, string[]>();
  for (const { client, version } of [...seen].sort((a, b) => a.sentAt - b.sentAt)) {
    clients.set(client, [...(clients.get(client) ?? []), version]);
  }
  return clients;
}
