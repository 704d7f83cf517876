/** A router hands over to another process under load: nobody notices, and nothing is counted twice or not at all. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrafficBlock } from '../../../src/core/ports.ts';
import type { Routing } from '../../../src/core/world.ts';
import { createMirror } from '../../../src/routers/embedded/handover/mirror.ts';
import { processStarted } from '../../../src/system/process/process-identity.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { type Crowd, crowd, receiveCrowd } from '../support/crowd.ts';
import {
  ask,
  type Backend,
  backend,
  canary,
  eventually,
  freePort,
  type RunningRouter,
  routing,
  runningRouter,
} from '../support.ts';

const LAUNCHER = fileURLToPath(new URL('../support/launch-router.ts', import.meta.url));
const STRANGER = fileURLToPath(new URL('../support/launch-stranger.ts', import.meta.url));
const ENV = '/usr/bin/env';
const WORKERS = 2;
/** Probes that a busy machine answers late must not end requests that are about the router. */
const PATIENT = { hold: 30_000 };

describe('a router that is upgraded', () => {
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let securePort: number;
  let ca: string;
  let listen: Parameters<typeof canary>[4] & object;

  beforeEach(async () => {
    [running, blue, green, port, securePort] = await Promise.all([
      runningRouter(WORKERS),
      backend('blue'),
      backend('green'),
      freePort(),
      freePort(),
    ]);
    receiveCrowd(blue, 'blue');
    receiveCrowd(green, 'green');
    const { cert, key } = makeCertificate(['localhost']);
    const files = { cert: join(running.home.root, 'shop.pem'), key: join(running.home.root, 'shop.key') };
    await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
    ca = cert;
    const tls = { certificates: [files] };
    listen = {
      ...PATIENT,
      service: 'secure',
      epoch: 'secure-1/1',
      listen: { port: securePort, address: '127.0.0.1', host: null, path: '/', tls },
    };
  });
  afterEach(async () => {
    await running.close();
    await Promise.all([blue.close(), green.close()]);
  });

  const switchTo = (weight: number) =>
    Promise.all([
      running.router.apply(canary(port, [blue], [green], weight, PATIENT)),
      running.router.apply(canary(securePort, [blue], [green], weight, listen)),
    ]);

  const gather = async (): Promise<Crowd> => {
    await switchTo(3_000);
    for (const service of ['shop', 'secure'])
      await eventually('both are healthy', async () => {
        const { healthy } = await running.observed(service);
        return healthy.blue === 1 && healthy.green === 1;
      });
    const options = { port, secure: { port: securePort, ca }, clients: 100 };
    return crowd({ ...options, plain: 8, streams: 2, tunnels: 2, http2: 4 }, ['blue', 'green']);
  };

  const goesOn = async (people: Crowd, more: number) => {
    const before = { ...people.sent };
    await eventually('traffic of every kind flows', () =>
      (Object.keys(before) as (keyof typeof before)[]).every(
        (kind) => people.sent[kind] > before[kind] + more,
      ),
    );
  };

  it('twice, under load of every kind: no request fails, each is counted once, and so is each client', async () => {
    const people = await gather();
    const pids = [(await running.processes()).pid];
    for (let turn = 1; turn <= 2; turn += 1) {
      await goesOn(people, 30);
      const next = await running.upgrade();
      expect((await running.processes()).pid).toBe(next);
      pids.push(next);
      await goesOn(people, 30);
    }
    expect(new Set(pids).size).toBe(3);
    await people.stop();
    expect(people.failures).toEqual([]);
    await eventually('the ones before have ended', async () =>
      (await Promise.all(pids.slice(0, 2).map(processStarted))).every((started) => started === null),
    );
    await expectAllCounted(people);
    const { blocks } = await counted();
    const numbers = blocks.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(running.log()).not.toMatch(/were cut/);
  }, 120_000);

  it('by one that cannot be it: it goes on as it was, and says why', async () => {
    const people = await gather();
    const { pid, workers } = await running.processes();
    const wrong: [string, readonly string[]][] = [
      ['spawn', ['/nowhere/teal', 'router']],
      ['it ended with 1', [process.execPath, '-e', 'no program at all']],
      ['protocol 0, and this one version', [process.execPath, STRANGER]],
      ['of another version', [ENV, 'TEAL_TEST_PROGRAM=old-worker.ts', process.execPath, LAUNCHER]],
    ];
    for (const [why, command] of wrong) {
      const error = await running.upgrade(command).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: 'E_ROUTER_UPGRADE', why: expect.stringMatching(why) });
      expect(await running.processes()).toMatchObject({ pid, workers });
      await goesOn(people, 10);
    }
    expect((await running.processes()).pid).not.toBe(await running.upgrade());
    await goesOn(people, 10);
    await people.stop();
    expect(people.failures).toEqual([]);
    await expectAllCounted(people);
  }, 120_000);

  it('which is killed while it gets ready: the one before goes on, and only what the new one had is cut', async () => {
    const people = await gather();
    const { pid } = await running.processes();
    const upgrading = running.upgrade().catch((failure: unknown) => failure);
    const heir = await heirOf(1);
    process.kill(heir, 'SIGKILL');
    expect(await upgrading).toMatchObject({ code: 'E_ROUTER_UPGRADE' });
    expect((await running.processes()).pid).toBe(pid);
    // Whoever was cut off has noticed by then.
    await goesOn(people, 10);
    const failed = people.failures.length;
    await goesOn(people, 30);
    expect(people.failures.length).toBe(failed);
    // What it had, it had alone: a worker of the one before would have lost everybody's.
    for (const failure of people.failures)
      expect(failure).toMatch(/ECONNRESET|hang up|EPIPE|cut off|HTTP\/2|tunnel/);
    await people.stop();
    // Also not what the one that was killed had.
    await nothingInFlight();
    expect(await running.upgrade()).not.toBe(pid);
  }, 120_000);

  it('and the one before is killed: in the middle both end; afterwards the new one goes on', async () => {
    await switchTo(0);
    const { pid, workers } = await running.processes();
    void running.upgrade().catch(() => undefined); // nobody is there to answer
    // Once its workers serve it may be the router at any moment.
    const heir = await heirOf(0);
    process.kill(pid, 'SIGKILL');
    await eventually('both have ended', async () => (await alive([pid, heir, ...workers])) === 0);
    await running.start();

    const people = await gather();
    const second = await running.processes();
    const next = await running.upgrade();
    process.kill(second.pid, 'SIGKILL');
    await eventually('it has ended', async () => (await alive([second.pid, ...second.workers])) === 0);
    // Whoever was cut off has noticed by then.
    await goesOn(people, 10);
    const failed = people.failures.length;
    await goesOn(people, 30);
    await people.stop();
    expect(people.failures.length).toBe(failed);
    expect((await running.processes()).pid).toBe(next);
    expect((await running.observed('shop')).problem).toBeNull();
    await nothingInFlight();
    await running.kill('SIGKILL');
  }, 120_000);

  it('is killed while those of the one before still drain: these end as well, and the next one starts as ever', async () => {
    await switchTo(0);
    const socket = await tunnelOf(port);
    const first = await running.processes();
    const next = await running.upgrade();
    const { workers } = await running.processes();
    expect(await alive([first.pid])).toBe(1);
    // As long as it drains it obeys the new one, and what it has in flight counts.
    expect((await running.observed('shop')).inFlight.blue).toBe(1);
    process.kill(next, 'SIGKILL');
    await eventually(
      'all have ended',
      async () => (await alive([first.pid, ...first.workers, next, ...workers])) === 0,
    );
    expect(await socket.closed).toBe(true);
    await running.start();
    await eventually('it serves', async () => (await running.observed('shop')).healthy.blue === 1);
  }, 120_000);

  it('hands over in its turn while the first still drains: that one obeys the third, and its counts arrive there', async () => {
    await switchTo(0);
    const socket = await tunnelOf(port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = `http://127.0.0.1:${port}/`;
    expect((await ask(url, { agent })).body).toBe('blue');
    const first = await running.processes();
    const second = await running.upgrade();
    await running.upgrade();
    expect(await alive([first.pid, second])).toBe(2);
    expect((await running.observed('shop')).inFlight.blue).toBe(1);
    await switchTo(10_000);
    const { body, headers } = await ask(url, { agent });
    expect(body).toBe('green');
    // It is a worker of the first one that has answered: those end each connection with its next answer.
    expect(headers.connection).toBe('close');
    socket.end();
    agent.destroy();
    await eventually(
      'both have ended',
      async () => (await alive([first.pid, second, ...first.workers])) === 0,
    );
    await eventually('all are counted', async () => (await counted()).requests === 3);
    expect((await running.observed('shop')).inFlight.blue).toBe(0);
  }, 120_000);

  it('opens new ports alone: workers of the one before, which only end, take no new connections there', async () => {
    await switchTo(0);
    const socket = await tunnelOf(port);
    const { pid } = await running.processes();
    await running.upgrade();
    const [moved, another] = await Promise.all([freePort(), freePort()]);
    await running.router.apply(canary(moved, [blue], [green], 0, PATIENT));
    await running.router.apply(canary(another, [blue], [green], 0, { ...PATIENT, service: 'another' }));
    for (const [service, its] of [
      ['shop', moved],
      ['another', another],
    ] as const) {
      await eventually('it is served', async () => (await ask(`http://127.0.0.1:${its}/`)).body === 'blue');
      expect(await running.observed(service)).toMatchObject({ problem: null });
    }
    expect(await alive([pid])).toBe(1);
    // Two routers that want one port: one of them would not get it.
    expect(running.log()).not.toMatch(/cannot listen/);
    socket.end();
    await eventually('the one before has ended', async () => (await alive([pid])) === 0);
  }, 120_000);

  it('leaves what goes on at a port that its service had before to its end', async () => {
    await switchTo(0);
    const socket = await tunnelOf(port);
    await running.router.apply(canary(await freePort(), [blue], [green], 0, PATIENT));
    const { pid } = await running.processes();
    await running.upgrade();
    // Takes longer than a worker that is done.
    await running.upgrade();
    expect(await socket.echoes()).toBe(true);
    expect(await alive([pid])).toBe(1);
    socket.end();
    await eventually('the one before has ended', async () => (await alive([pid])) === 0);
  }, 120_000);

  it('by SIGUSR2, to what its program is now', async () => {
    await switchTo(0);
    const { pid } = await running.processes();
    process.kill(pid, 'SIGUSR2');
    await eventually('it is another process', async () => (await running.processes()).pid !== pid);
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe('blue');
    await eventually('the one before has ended', async () => (await alive([pid])) === 0);
  }, 120_000);

  it('obeys each change of traffic that is acknowledged, at whatever moment of two upgrades it comes', async () => {
    await switchTo(0);
    await eventually('both are healthy', async () => {
      const { healthy } = await running.observed('shop');
      return healthy.blue === 1 && healthy.green === 1;
    });
    const kept = Array.from({ length: 6 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const url = `http://127.0.0.1:${port}/`;
    let upgraded = 0;
    const upgrades = (async () => {
      for (; upgraded < 2; upgraded += 1) await running.upgrade();
    })();
    let changes = 0;
    while (upgraded < 2) {
      const weight = changes % 2 === 0 ? 10_000 : 0;
      changes += 1;
      await running.router.apply(
        canary(port, [blue], [green], weight, { ...PATIENT, revision: String(changes) }),
      );
      const asked = [...kept, ...kept.map(() => undefined)];
      const answers = await Promise.all(asked.map((agent) => ask(url, agent && { agent })));
      expect(new Set(answers.map(({ body }) => body)), `change ${changes}`).toEqual(
        new Set([weight === 0 ? 'blue' : 'green']),
      );
    }
    await upgrades;
    expect(changes).toBeGreaterThan(2);
    const table = JSON.parse(await readFile(join(running.home.router, 'table', 'shop.json'), 'utf8'));
    expect(table.routing.revision).toBe(String(changes));
    for (const agent of kept) agent.destroy();
  }, 120_000);

  it('takes signals at any moment, and so do its workers where the whole group gets them', async () => {
    await switchTo(0);
    const upgrading = running.upgrade();
    const heir = await heirOf(1);
    process.kill(heir, 'SIGHUP');
    expect(await upgrading).toBe(heir);
    const fresh = await eventually('its workers were replaced', async () => {
      const { workers } = await running.processes();
      return running.log().includes('the workers are replaced one by one') && workers.length === WORKERS
        ? workers
        : null;
    });
    process.kill(-heir, 'SIGUSR2');
    await eventually('it is another process', async () => (await running.processes()).pid !== heir);
    await eventually('the one before has ended', async () => (await alive([heir, ...fresh])) === 0);
    expect(running.log()).not.toMatch(/were cut/);
  }, 120_000);

  it('is asked to end while the one before drains: both end, and nothing is left', async () => {
    await switchTo(0);
    const socket = await tunnelOf(port);
    const first = await running.processes();
    const next = await running.upgrade();
    const { workers } = await running.processes();
    process.kill(next, 'SIGTERM');
    socket.end();
    await eventually(
      'all have ended',
      async () => (await alive([first.pid, ...first.workers, next, ...workers])) === 0,
    );
  }, 120_000);

  /** The process that is to take over, once it has so many workers that serve. */
  const heirOf = async (serving: number): Promise<number> => {
    const pattern = /"process":(\d+),"msg":"another router starts beside this one/g;
    const before = [...running.log().matchAll(pattern)].length;
    const served = () => running.log().split('"msg":"a worker serves"').length;
    const workers = served();
    await eventually(
      'a new router starts',
      () => [...running.log().matchAll(pattern)].length >= Math.max(1, before),
    );
    await eventually('its workers serve', () => served() >= workers + serving);
    return Number([...running.log().matchAll(pattern)].at(-1)![1]);
  };

  const nothingInFlight = () =>
    eventually('nothing is in flight any more', async () => {
      const both = await Promise.all(['shop', 'secure'].map((service) => running.observed(service)));
      const metrics = await running.router.metrics!();
      const gauge = metrics.find(({ name }) => name === 'teal_router_requests_in_flight');
      return (
        both.every(({ inFlight }) => inFlight.blue + inFlight.green === 0) &&
        gauge!.samples.every(({ value }) => value === 0)
      );
    });

  const counted = async () => {
    const blocks = await running.router.traffic(0);
    return {
      blocks,
      requests: sumOf(blocks, ({ requests }) => sumOf(Object.values(requests), (count) => count)),
    };
  };

  const expectAllCounted = async (people: Crowd) => {
    await eventually('all are counted', async () => (await counted()).requests >= people.total());
    const { blocks, requests } = await counted();
    expect(requests).toBe(people.total());
    expectEachOnce(blocks);
  };
});

it('a router without workers says that it cannot hand over, and goes on', async () => {
  const running = await runningRouter(0);
  const { pid } = await running.processes();
  await expect(running.upgrade()).rejects.toMatchObject({ code: 'E_ROUTER_ALONE' });
  expect((await running.processes()).pid).toBe(pid);
  await running.close();
});

describe('what the new router takes up of the old one', () => {
  const entryOf = (change: object) => ({
    routing: { ...routing(80, []), ...change } as Routing,
    fellBackAt: null,
  });

  it('is refused whole where this Teal could not serve by an entry', () => {
    const handed = { readings: [], challenges: [], watched: [] };
    const entries = [entryOf({}), entryOf({ service: 'other', by: 'magic' })];
    expect(() => createMirror().begin({ ...handed, entries })).toThrow('The router cannot use this routing');
  });

  it('is kept up with until it has it', () => {
    const mirror = createMirror();
    mirror.begin({
      entries: [entryOf({})],
      readings: [['shop', [['127.0.0.1\n80', 'up']]]],
      challenges: [],
      watched: ['a'],
    });
    mirror.learn('apply', { entry: entryOf({ service: 'other' }), health: [['127.0.0.1\n81', 'down']] });
    mirror.learn('health', { service: 'shop', readings: [['127.0.0.1\n80', 'down']] });
    mirror.learn('watch', { key: 'b' });
    mirror.learn('unwatch', { key: 'a' });
    const { orders } = mirror;
    expect([...orders.table.keys()]).toEqual(['shop', 'other']);
    expect(orders.readings('shop')).toEqual([['127.0.0.1\n80', 'down']]);
    expect(orders.readings('other')).toEqual([['127.0.0.1\n81', 'down']]);
    expect(orders.watched()).toEqual(['b']);
    mirror.learn('remove', { service: 'shop' });
    expect([...orders.table.keys()]).toEqual(['other']);
  });
});

/** Of 100 clients by each way and the one of the tunnels; in each slot of ten minutes anew. */
function expectEachOnce(blocks: readonly TrafficBlock[]): void {
  const seen = new Map<string, number>();
  for (const { service, epoch, clients } of blocks) {
    const key = `${service} ${epoch.split('/').at(-1)}`;
    seen.set(key, (seen.get(key) ?? 0) + clients.seen);
  }
  for (const [key, count] of seen) expect(count, key).toBeLessThanOrEqual(key.startsWith('shop') ? 101 : 100);
  expect(sumOf([...seen.values()], (count) => count)).toBeGreaterThanOrEqual(201);
}

const alive = async (pids: readonly number[]): Promise<number> =>
  (await Promise.all(pids.map(processStarted))).filter((started) => started !== null).length;

async function tunnelOf(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // the closing follows
  const closed = new Promise<boolean>((resolve) => socket.on('close', () => resolve(true)));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toContain('101');
  return {
    closed,
    end: () => void socket.destroy(),
    /** Whether it goes on. */
    async echoes() {
      socket.write('still');
      return Promise.race([
        once(socket, 'data').then(([data]) => String(data) === 'still'),
        closed.then(() => false),
      ]);
    },
  };
}

const sumOf = <T>(list: readonly T[], read: (one: T) => number): number =>
  list.reduce((sum, one) => sum + read(one), 0);
