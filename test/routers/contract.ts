import { Agent } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Router } from '../../src/core/ports.ts';
import { ask, type Backend, backend, canary, eventually, freePort, load, routing } from './support.ts';

/** A router driver under test, connected to the real thing. */
export interface RouterUnderTest {
  readonly router: Router;
  close(): Promise<void>;
}

/** Tests of the contract by name, and why a driver cannot pass them. */
export type Skips = Readonly<Record<string, string>>;

/** What every router driver must do. Sends real traffic through the real router. */
export function routerContract(name: string, start: () => Promise<RouterUnderTest>, skips: Skips = {}): void {
  describe(`router contract: ${name}`, () => {
    let under: RouterUnderTest;
    let router: Router;
    let blue: Backend;
    let green: Backend;
    let port: number;
    let url: string;

    /** Most share one router; this is another one, for a test that wants nothing of what others have left or still need. */
    const startAnother = async (): Promise<Router> => {
      const another = await start();
      onTestFinished(() => another.close());
      return another.router;
    };

    const test = (title: string, body: () => Promise<void>) =>
      title in skips ? it.skip(`${title} (${skips[title]})`, body) : it(title, body);

    beforeAll(async () => {
      under = await start();
      router = under.router;
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      [blue, green, port] = await Promise.all([backend('blue'), backend('green'), freePort()]);
      url = `http://127.0.0.1:${port}/`;
    });
    afterEach(async () => {
      await router.remove('shop');
      await Promise.all([blue.close(), green.close()]);
    });

    test('does not know a service before it is applied and after it is removed', async () => {
      expect(await router.observe('shop')).toBeNull();
      await router.apply(routing(port, [blue]));
      expect((await router.observe('shop'))?.url).toContain(String(port));
      await router.remove('shop');
      expect(await router.observe('shop')).toBeNull();
      await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
    });

    test('removes what it does not know without a complaint', async () => {
      await router.remove('nobody');
    });

    test('reads back the split and revision that it obeys', async () => {
      const wanted = canary(port, [blue], [green], 2500);
      await router.apply(wanted);
      const seen = await router.observe('shop');
      expect(seen?.split).toEqual({ blue: 7500, green: 2500 });
      expect(seen?.revision).toBe(wanted.revision);
      expect(seen?.problem).toBeNull();
      expect(seen?.fellBackAt).toBeNull();
    });

    test('obeys in every request that begins after apply has resolved', async () => {
      await router.apply(canary(port, [blue], [green], 0));
      await eventually('both environments are healthy', async () => {
        const seen = await router.observe('shop');
        return seen?.healthy.blue === 1 && seen.healthy.green === 1;
      });
      for (let turn = 0; turn < 10; turn += 1) {
        const weight = turn % 2 === 0 ? 10_000 : 0;
        await router.apply(canary(port, [blue], [green], weight));
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
        expect(new Set(answers.map((answer) => answer.body))).toEqual(
          new Set([weight === 0 ? 'blue' : 'green']),
        );
      }
    });

    test('loses no request at a switch under keep-alive load', async () => {
      // A probe that a busy machine answers late must not end a request.
      const patient = { hold: 30_000 };
      await router.apply(canary(port, [blue], [green], 0, patient));
      await eventually('green is healthy', async () => (await router.observe('shop'))?.healthy.green === 1);
      const traffic = load(url, 100);
      for (let turn = 1; turn <= 20; turn += 1) {
        const before = traffic.sent();
        await eventually('traffic goes on', () => traffic.sent() > before + 50);
        await router.apply(canary(port, [blue], [green], turn % 2 === 0 ? 0 : 10_000, patient));
      }
      await traffic.stop();
      expect(traffic.failures).toEqual([]);
      expect(traffic.bodies.get('blue')).toBeGreaterThan(100);
      expect(traffic.bodies.get('green')).toBeGreaterThan(100);
    });

    test('moves a client at most once while the share grows, with shares as wanted', async () => {
      const clients = 2_000;
      const agent = new Agent({ keepAlive: true, maxSockets: 50 });
      const was = new Map<number, string>();
      for (const weight of [100, 500, 2_500, 5_000, 10_000]) {
        await router.apply(canary(port, [blue], [green], weight));
        await eventually('green is healthy', async () => (await router.observe('shop'))?.healthy.green === 1);
        let inGreen = 0;
        for (let first = 0; first < clients; first += 50) {
          const batch = Array.from({ length: 50 }, (_, index) => first + index);
          await Promise.all(
            batch.map(async (client) => {
              const { body } = await ask(url, { agent, headers: { 'x-user-id': `user-${client}` } });
              if (was.get(client) === 'green') expect(body).toBe('green');
              was.set(client, body);
              if (body === 'green') inGreen += 1;
            }),
          );
        }
        const share = weight / 10_000;
        const spread = 4 * Math.sqrt((share * (1 - share)) / clients);
        expect(Math.abs(inGreen / clients - share)).toBeLessThanOrEqual(spread);
      }
      agent.destroy();
    });

    test('counts what is in flight in each environment until it ends', async () => {
      const held: (() => void)[] = [];
      blue.handle = (_req, res) => held.push(() => res.end('blue'));
      await router.apply(canary(port, [blue], [green], 0));
      const answers = [ask(url), ask(url), ask(url)];
      await eventually('three are with blue', () => held.length === 3);
      await router.apply(canary(port, [blue], [green], 10_000));
      expect((await ask(url)).body).toBe('green');
      expect((await router.observe('shop'))?.inFlight).toEqual({ blue: 3, green: 0 });
      held.pop()?.();
      await eventually('one has ended', async () => (await router.observe('shop'))?.inFlight.blue === 2);
      for (const end of held) end();
      expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200, 200]);
      await eventually('all have ended', async () => (await router.observe('shop'))?.inFlight.blue === 0);
    });

    test('gives exact counts, keeps them until acknowledged, and never uses a number twice', async () => {
      const counting = await startAnother();
      blue.handle = (req, res) => res.writeHead(req.url === '/broken' ? 500 : 200).end('blue');
      await counting.apply(canary(port, [blue], [green], 0));
      for (let client = 0; client < 10; client += 1) {
        const headers = { 'x-user-id': `user-${client}` };
        await ask(url, { headers });
        await ask(`${url}${client < 3 ? 'broken' : ''}`, { headers });
        await ask(`${url}${client < 3 ? 'broken' : ''}`, { headers });
      }
      const blocks = await eventually('all are counted', async () => {
        const list = await counting.traffic(0);
        const sum = list.reduce((total, block) => total + block.requests['2xx'] + block.requests['5xx'], 0);
        return sum === 30 && list;
      });
      const total = (read: (block: (typeof blocks)[number]) => number) =>
        blocks.reduce((sum, block) => sum + read(block), 0);
      expect(total((block) => block.clients.seen)).toBe(10);
      expect(total((block) => block.clients.hurt)).toBe(3);
      expect(total((block) => block.clients.hurtInRollout)).toBe(3);
      expect(total((block) => block.requests['5xx'])).toBe(6);
      expect(total((block) => block.latency.reduce((sum, [, count]) => sum + count, 0))).toBe(30);
      expect(total((block) => block.bytesOut)).toBe(30 * 4);
      for (const block of blocks) {
        expect(block).toMatchObject({ service: 'shop', environment: 'blue', release: 'r1' });
        expect(block.epoch).toMatch(/^shop-1\/1\/\d+$/);
      }
      const numbers = blocks.map((block) => block.number);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(await counting.traffic(numbers.at(-1)!)).toEqual([]);
      await counting.acknowledge(numbers.at(-1)!);
      expect(await counting.traffic(0)).toEqual([]);
    });

    test('keeps serving with its table when nobody talks to it', async () => {
      const left = await startAnother();
      await left.apply(routing(port, [blue]));
      await left.close();
      expect((await ask(url)).body).toBe('blue');
    });
  });
}
