/** What the router tells of latency: each client's first request of a minute, from its first block in flight to its end. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, test } from 'vitest';
import type { FirstRequests } from '../../../src/core/ports.ts';
import { bucketOf, upperEdge } from '../../../src/judge/histogram.ts';
import {
  createClientsOfMinute,
  createFirstRequestCounts,
} from '../../../src/routers/embedded/telemetry/firsts/first-requests.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { ask, type Backend, backend, eventually, freePort, routing } from '../support.ts';

/** Sums over blocks. */
function sums(blocks: readonly FirstRequests[]) {
  const add = (of: (one: FirstRequests) => FirstRequests['ended']) => {
    const total = new Map<number, number>();
    for (const [bucket, n] of blocks.flatMap(of)) total.set(bucket, (total.get(bucket) ?? 0) + n);
    return [...total].filter(([, n]) => n !== 0).sort((a, b) => a[0] - b[0]);
  };
  return {
    ended: add((one) => one.ended),
    left: add((one) => one.left),
    inFlight: add((one) => one.inFlight),
  };
}

describe('counts of first requests', () => {
  test('tell of each request once, in flight by its time so far, at its end by all of it', () => {
    const counts = createFirstRequestCounts();
    const request = counts.begin(7, 500, 1_000);
    expect(counts.drain(1_020)).toEqual([
      { weight: 500, ended: [], left: [], inFlight: [[bucketOf(20_000), 1]] },
    ]);
    expect(counts.drain(1_020)).toBeUndefined();
    expect(counts.drain(3_000)).toEqual([
      {
        weight: 500,
        ended: [],
        left: [],
        inFlight: [
          [bucketOf(20_000), -1],
          [bucketOf(2_000_000), 1],
        ],
      },
    ]);
    counts.end(request, 4_000);
    counts.end(request, 9_000);
    counts.leave(request, 9_000);
    expect(counts.drain(9_000)).toEqual([
      { weight: 500, ended: [[bucketOf(3_000_000), 1]], left: [], inFlight: [[bucketOf(2_000_000), -1]] },
    ]);
    expect(counts.drain(10_000)).toBeUndefined();
  });

  test('add up whatever happens, by the weight at which each request came', () => {
    const life = fc.record({
      start: fc.nat(3_000),
      takes: fc.integer({ min: 0, max: 2_500 }),
      weight: fc.constantFrom(500, 2_500),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(life, { maxLength: 40 }), (lives) => {
        const counts = createFirstRequestCounts();
        const blocks: FirstRequests[] = [];
        const steps = lives.flatMap((one) => [
          { at: one.start, one, begins: true },
          { at: one.start + one.takes, one, begins: false },
        ]);
        const requests = new Map<unknown, ReturnType<typeof counts.begin>>();
        for (let t = 0; t < 4_000; t += 100) {
          for (const { one, begins } of steps.filter(({ at }) => at >= t && at < t + 100)) {
            if (begins) requests.set(one, counts.begin(1, one.weight, one.start));
            else if (one.leaves) counts.leave(requests.get(one)!, one.start + one.takes);
            else counts.end(requests.get(one)!, one.start + one.takes);
          }
          blocks.push(...(counts.drain(t + 100) ?? []));
        }
        for (const weight of [500, 2_500]) {
          const mine = lives.filter((one) => one.weight === weight);
          const over = mine.filter(({ start, takes }) => start + takes < 4_000);
          const found = sums(blocks.filter((block) => block.weight === weight));
          const number = (list: readonly (readonly [number, number])[]) =>
            list.reduce((sum, [, n]) => sum + n, 0);
          expect(number(found.ended)).toBe(over.filter(({ leaves }) => !leaves).length);
          expect(number(found.left)).toBe(over.filter(({ leaves }) => leaves).length);
          expect(number(found.inFlight)).toBe(mine.length - over.length);
          expect(found.inFlight.every(([, n]) => n > 0)).toBe(true);
        }
      }),
    );
  });

  test('forget a request only until a block has told of it', () => {
    const counts = createFirstRequestCounts();
    const first = counts.begin(1, 0, 0);
    const second = counts.begin(2, 0, 0);
    expect(counts.cancel(first)).toBe(true);
    expect(counts.drain(10)).toMatchObject([{ inFlight: [[bucketOf(10_000), 1]] }]);
    expect(counts.cancel(second)).toBe(false);
    counts.leave(second, 20);
    expect(counts.drain(30)).toMatchObject([
      { left: [[bucketOf(20_000), 1]], inFlight: [[bucketOf(10_000), -1]] },
    ]);
  });

  test('take one request of each client and minute', () => {
    const clients = createClientsOfMinute();
    expect(clients.add(5, 100)).toBe(true);
    expect(clients.add(5, 59_999)).toBe(false);
    clients.remove(5, 59_999);
    expect(clients.add(5, 59_999)).toBe(true);
    expect(clients.add(5, 60_000)).toBe(true);
    clients.remove(5, 59_999);
    expect(clients.add(5, 60_001)).toBe(false);
  });
});

describe.each([true, false])('the router, fast path %s', (fastPath) => {
  let one: InProcessRouter;
  let blue: Backend;
  let url: string;

  const start = async () => {
    const port = await freePort();
    [one, blue] = await Promise.all([
      inProcessRouter({ fastPath, limits: { answerHead: 2_500 } }),
      backend('blue'),
    ]);
    url = `http://127.0.0.1:${port}/`;
    await one.router.apply(routing(port, [blue], { identify: { kind: 'header', name: 'x-user' } }));
    await eventually('it is healthy', () => one.router.observe('shop')?.healthy.blue === 1);
  };
  afterEach(async () => {
    await one.close();
    await blue.close();
  });

  const firsts = () => one.router.traffic(0).flatMap((block) => block.firsts ?? []);
  const count = (of: keyof ReturnType<typeof sums>, from = 0) =>
    sums(firsts())[of].reduce((sum, [bucket, n]) => (upperEdge(bucket) > from ? sum + n : sum), 0);

  it('counts the first request of each client', async () => {
    await start();
    for (const user of ['a', 'b', 'a', 'c', 'a']) await ask(url, { headers: { 'x-user': user } });
    await eventually('it is counted', () => count('ended') === 3);
    expect(count('left') + count('inFlight')).toBe(0);
  });

  it('tells of an answer that does not come while it is waited for, and of its end', async () => {
    await start();
    blue.handle = () => undefined;
    const asked = ask(url, { headers: { 'x-user': 'a' } });
    await eventually('it is in flight', () => count('inFlight', 500_000) === 1);
    expect(count('ended')).toBe(0);
    expect((await asked).status).toBe(504);
    await eventually('it has ended', () => count('ended', 2_400_000) === 1);
    expect(count('inFlight')).toBe(0);
  });

  it('an answer with a long body has taken the time to its head', async () => {
    await start();
    let finish = () => {};
    blue.handle = (req, res) => {
      if (req.url !== '/') return res.end();
      res.writeHead(200).write('first');
      finish = () => res.end('last');
    };
    const asked = ask(url, { headers: { 'x-user': 'a' } });
    await eventually('its head is counted', () => count('ended') === 1);
    // Of what is still in flight, the next block would tell.
    await ask(`${url}other`, { headers: { 'x-user': 'b' } });
    await eventually('a block later', () => count('ended') === 2);
    expect(count('inFlight')).toBe(0);
    finish();
    await asked;
  });

  it('an event stream has no time of its own', async () => {
    await start();
    blue.handle = (_req, res) =>
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: 1\n\n');
    await ask(url, { headers: { 'x-user': 'a' } });
    await eventually('it is counted', () => count('left') === 1);
    expect(count('ended')).toBe(0);
  });
});
