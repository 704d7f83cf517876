/** Who goes where, and what is said of it, through the real router process. */
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrafficBlock } from '../../../src/core/ports.ts';
import type { Routing } from '../../../src/core/world.ts';
import { bucketOf } from '../../../src/routers/embedded/clients/assignment.ts';
import {
  ask,
  type Backend,
  backend,
  canary,
  endpointsOf,
  eventually,
  freePort,
  type RunningRouter,
  routing,
  runningRouter,
} from '../support.ts';

describe('a canary through the router', () => {
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let url: string;
  let epoch = '';
  let tests = 0;

  beforeAll(async () => {
    running = await runningRouter();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    [blue, green, port] = await Promise.all([backend('blue'), backend('green'), freePort()]);
    url = `http://127.0.0.1:${port}/`;
    // An epoch of its own for each test, so that it finds its blocks among those of the others.
    tests += 1;
    epoch = `test${tests}/1`;
  });
  afterEach(async () => {
    await running.router.remove('shop');
    await Promise.all([blue.close(), green.close()]);
  });

  const table = (weight: number, change: Partial<Routing> = {}, stable: readonly Backend[] = [blue]) =>
    canary(port, stable, [green], weight, { epoch, ...change });

  /** Users of whom it is known where they belong at 50 %. */
  const user = (where: 'stable' | 'candidate', seed = 7): string => {
    for (let n = 0; ; n += 1) {
      const candidate = bucketOf(`user-${n}`, seed) < 5_000;
      if (candidate === (where === 'candidate')) return `user-${n}`;
    }
  };
  const as = (identity: string) => ({ headers: { 'x-user-id': identity } });
  const healthy = (count: { blue: number; green: number }) =>
    eventually(`healthy: ${JSON.stringify(count)}`, async () => {
      const seen = (await running.observed('shop')).healthy;
      return seen.blue === count.blue && seen.green === count.green;
    });
  const counted = (enough: (blocks: readonly TrafficBlock[]) => boolean) =>
    eventually('telemetry', async () => {
      const rollout = `${epoch.split('/')[0]}/`;
      const blocks = (await running.router.traffic(0)).filter((block) => block.epoch.startsWith(rollout));
      return enough(blocks) && blocks;
    });
  const sum = (blocks: readonly TrafficBlock[], read: (block: TrafficBlock) => number) =>
    blocks.reduce((total, block) => total + read(block), 0);

  it("takes the candidate's clients in where it has no instance, and counts them as hurt by it", async () => {
    await running.router.apply(table(5_000));
    await healthy({ blue: 1, green: 1 });
    await green.close();
    expect((await ask(url, as(user('candidate')))).body).toBe('blue');
    expect((await ask(url, as(user('stable')))).body).toBe('blue');
    const blocks = await counted((list) => sum(list, (block) => block.requests['2xx']) === 2);
    const green_ = blocks.filter((block) => block.environment === 'green');
    expect(sum(green_, (block) => block.clients.seen)).toBe(1);
    expect(sum(green_, (block) => block.clients.hurt)).toBe(1);
    expect(sum(blocks, (block) => block.clients.seen)).toBe(2);
    expect(sum(blocks, (block) => block.clients.hurt)).toBe(1);
    green = await backend('green');
    await running.router.apply(table(5_000));
    await healthy({ blue: 1, green: 1 });
    expect((await ask(url, as(user('candidate')))).body).toBe('green');
  });

  it("takes stable's clients in by a candidate that serves already, never by one without weight", async () => {
    await running.router.apply(table(5_000, { hold: 50 }));
    await healthy({ blue: 1, green: 1 });
    await blue.close();
    expect((await ask(url, as(user('stable')))).body).toBe('green');
    await running.router.apply(table(0, { hold: 50 }));
    expect((await ask(url, as(user('stable')))).status).toBe(503);
    expect(green.requests.length).toBe(1);
  });

  it('retries on another instance of the same environment what never reached one', async () => {
    const second = await backend('blue-2');
    await running.router.apply(table(0, {}, [blue, second]));
    await healthy({ blue: 2, green: 1 });
    await blue.close();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => ask(url, { method: 'POST', body: 'x' })),
    );
    expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(['blue-2']));
    await healthy({ blue: 1, green: 1 });
    await second.close();
  });

  it('holds a request until an instance is ready', async () => {
    const late = await freePort();
    const endpoints = { blue: [{ host: '127.0.0.1', port: late }], green: [] };
    await running.router.apply(routing(port, [], { endpoints, hold: 10_000 }));
    const waiting = ask(url);
    const server = createServer((_req, res) => res.end('late'));
    server.listen(late, '127.0.0.1');
    expect((await waiting).body).toBe('late');
    server.closeAllConnections();
    server.close();
  });

  it('answers 503 with Retry-After when nobody came, in the language of the client, and logs it once', async () => {
    await running.router.apply(routing(port, [], { hold: 30 }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(url)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
    expect(answers[0]!.headers['retry-after']).toBe('1');
    expect(answers[0]!.headers['content-type']).toMatch('text/plain');
    const json = await ask(url, { headers: { accept: 'application/json', 'x-request-id': 'r-1' } });
    expect(JSON.parse(json.body)).toEqual({
      error: { status: 503, message: 'No instance of the service is ready.', request: 'r-1' },
    });
    expect(running.log().split('no instance is ready').length - 1).toBeLessThanOrEqual(2);
    expect(running.log()).toContain('no instance is ready');
  });

  it('answers an outage at once with its reason, while previews still pass', async () => {
    const outage = 'The first release failed its checks.';
    await running.router.apply(routing(port, [blue], { outage, hold: 60_000 }));
    const answer = await ask(url);
    expect([answer.status, answer.body]).toEqual([503, `503 Service Unavailable: ${outage}\n`]);
    const { previews } = await running.observed('shop');
    expect((await ask(previews.blue!)).body).toBe('blue');
  });

  it('shows the candidate by the preview header and by its own listener before any user sees it', async () => {
    await running.router.apply(table(0));
    await healthy({ blue: 1, green: 1 });
    const preview = { 'x-teal-preview': 'open-sesame:candidate' };
    const answer = await ask(url, { headers: preview });
    expect(answer.body).toBe('green');
    expect(answer.headers).toMatchObject({ 'x-teal-release': 'r2', 'x-teal-environment': 'green' });
    expect(green.requests[0]!.headers).not.toHaveProperty('x-teal-preview');
    const { previews } = await running.observed('shop');
    expect((await ask(`${previews.green}/x`)).body).toBe('green');
    expect((await ask(previews.blue!)).headers['x-teal-release']).toBe('r1');
    const wrong = await ask(url, { headers: { 'x-teal-preview': 'guess:candidate' } });
    expect(wrong.body).toBe('blue');
    expect(wrong.headers).not.toHaveProperty('x-teal-release');
    expect(blue.requests.at(-1)!.headers).not.toHaveProperty('x-teal-preview');
    // A block may have been cut while the request was under way.
    const ended = (list: readonly TrafficBlock[]) => sum(list, (block) => block.requests['2xx']);
    const blocks = await counted((list) => ended(list) > 0);
    expect(ended(blocks)).toBe(1);
    expect(sum(blocks, (block) => block.clients.seen)).toBe(1);
    expect(running.log()).not.toContain('open-sesame');
  });

  it('gives allow-listed clients the candidate once it serves, without counting them as evidence', async () => {
    const always = { name: 'x-employee', value: 'yes' };
    const employee = { headers: { 'x-user-id': user('stable'), 'x-employee': 'yes' } };
    await running.router.apply(table(1, { always }));
    await healthy({ blue: 1, green: 1 });
    green.handle = (_req, res) => res.writeHead(500).end('broken');
    expect((await ask(url, employee)).status).toBe(500);
    await running.router.apply(table(0, { always }));
    expect((await ask(url, employee)).body).toBe('blue');
    const blocks = await counted((list) => sum(list, (block) => block.clients.seen) === 1);
    const candidate = blocks.filter((block) => block.environment === 'green');
    expect(sum(candidate, (block) => block.requests['5xx'])).toBe(1);
    expect(sum(candidate, (block) => block.clients.seen + block.clients.hurt)).toBe(0);
  });

  it("keeps anonymous browsers where they are by Teal's cookie, and does not believe a forged one", async () => {
    const auto = { identify: { kind: 'auto' } } as const;
    const navigate = { 'sec-fetch-mode': 'navigate' };
    await running.router.apply(table(5_000, auto));
    await healthy({ blue: 1, green: 1 });
    for (let browser = 0; browser < 20; browser += 1) {
      const first = await ask(url, { headers: navigate });
      const cookie = first.headers['set-cookie']![0]!.split(';')[0]!;
      for (let turn = 0; turn < 3; turn += 1) {
        const again = await ask(url, { headers: { ...navigate, cookie } });
        expect(again.body).toBe(first.body);
        expect(again.headers).not.toHaveProperty('set-cookie');
      }
      const forged = await ask(url, { headers: { ...navigate, cookie: cookie.replace(/.$/, '!') } });
      expect(forged.headers['set-cookie']![0]).not.toContain(cookie);
    }
    const seen = [...blue.requests, ...green.requests];
    expect(seen.every((request) => request.headers.cookie === undefined)).toBe(true);
    expect((await ask(url)).headers).not.toHaveProperty('set-cookie');
  });

  it('by instances: gives each request to any ready instance of the two', async () => {
    const more = await Promise.all([backend('blue'), backend('blue')]);
    await running.router.apply(table(2_500, { by: 'instances' }, [blue, ...more]));
    await healthy({ blue: 3, green: 1 });
    const answers = [];
    for (let n = 0; n < 400; n += 1) answers.push((await ask(url, as('one-user'))).body);
    const share = answers.filter((body) => body === 'green').length / 400;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.1);
    await Promise.all(more.map((one) => one.close()));
  });

  it('counts every way that a request can end', async () => {
    blue.handle = (req, res) => {
      const { url: path } = req;
      if (path === '/cut')
        return void res.writeHead(200, { 'content-length': '9' }).write('x', () => res.destroy());
      if (path === '/slow') return;
      res.writeHead(Number(path!.slice(1))).end();
    };
    await running.router.apply(table(0));
    await healthy({ blue: 1, green: 1 });
    for (const status of [200, 201, 302, 404, 500, 503]) await ask(`${url}${status}`, as('u1'));
    await ask(`${url}cut`, as('u2')).catch(() => undefined);
    const leaving = new AbortController();
    const gone = fetch(`${url}slow`, { signal: leaving.signal, headers: { 'x-user-id': 'u3' } });
    await eventually('it is in flight', async () => (await running.observed('shop')).inFlight.blue === 1);
    leaving.abort();
    await gone.catch(() => undefined);
    const blocks = await counted((list) => sum(list, (block) => block.requests.gone) === 1);
    const requests = Object.fromEntries(
      (['1xx', '2xx', '3xx', '4xx', '5xx', 'unreachable', 'timed-out', 'cut-off', 'gone'] as const).map(
        (outcome) => [outcome, sum(blocks, (block) => block.requests[outcome])],
      ),
    );
    expect(requests).toEqual({
      ...{ '1xx': 0, '2xx': 2, '3xx': 1, '4xx': 1, '5xx': 2 },
      ...{ unreachable: 0, 'timed-out': 0, 'cut-off': 1, gone: 1 },
    });
    expect(sum(blocks, (block) => block.clients.seen)).toBe(3);
    expect(sum(blocks, (block) => block.clients.hurt)).toBe(2);
  });

  it('counts a client once in an epoch, again in the next, and hurt once in a rollout', async () => {
    green.handle = (_req, res) => res.writeHead(500).end();
    for (const step of [1, 2]) {
      await running.router.apply(table(10_000, { epoch: `${epoch.split('/')[0]}/${step}` }));
      await healthy({ blue: 1, green: 1 });
      for (let turn = 0; turn < 3; turn += 1) await ask(url, as('u1'));
    }
    const blocks = await counted((list) => sum(list, (block) => block.requests['5xx']) === 6);
    expect(sum(blocks, (block) => block.clients.seen)).toBe(2);
    expect(sum(blocks, (block) => block.clients.hurt)).toBe(2);
    expect(sum(blocks, (block) => block.clients.hurtInRollout)).toBe(1);
  });

  it('counts the arrival of a client once in a rollout, at the weight of that moment, whichever arm it reaches', async () => {
    const arrivals = (blocks: readonly TrafficBlock[]) => {
      const found: Record<string, number> = {};
      for (const { environment, clients } of blocks) {
        for (const [weight, n] of clients.arrived ?? []) {
          found[`${environment} ${weight}`] = (found[`${environment} ${weight}`] ?? 0) + n;
        }
      }
      return found;
    };
    const everybody = async (from: number, to: number) => {
      for (let user = from; user < to; user += 1) await ask(url, as(`u${user}`));
    };
    const [rollout] = epoch.split('/');
    await running.router.apply(table(0, { epoch: `${rollout}/0` }));
    await everybody(0, 20);
    await running.router.apply(table(5_000, { epoch: `${rollout}/1` }));
    await everybody(0, 40);
    await running.router.apply(table(10_000, { epoch: `${rollout}/2` }));
    await everybody(0, 50);
    const blocks = await counted((list) => sum(list, (block) => block.requests['2xx']) === 110);
    const found = arrivals(blocks);
    expect(found['green 10000']).toBe(10);
    expect(found['blue 5000']! + found['green 5000']!).toBe(40);
    expect(found['blue 5000']).toBeGreaterThan(5);
    expect(found['green 5000']).toBeGreaterThan(5);
    expect(Object.keys(found)).toHaveLength(3);
  });

  it('keeps what an endpoint has in flight when the endpoint leaves the table', async () => {
    let end = () => {};
    blue.handle = (_req, res) => {
      end = () => res.end('at last');
    };
    await running.router.apply(routing(port, [blue]));
    await healthy({ blue: 1, green: 0 });
    const waiting = ask(url);
    await eventually('it is with the instance', () => blue.requests.length === 1);
    await running.router.apply(
      routing(port, [green], { endpoints: { blue: endpointsOf([green]), green: [] } }),
    );
    expect((await running.observed('shop')).inFlight.blue).toBe(1);
    end();
    expect((await waiting).body).toBe('at last');
    expect((await ask(url)).body).toBe('green');
  });
});
