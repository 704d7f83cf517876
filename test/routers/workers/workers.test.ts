/** Several workers serve as one router: counts are exact over all of them, and they come and go without anybody noticing. */
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ask,
  type Backend,
  backend,
  canary,
  eventually,
  freePort,
  load,
  type RunningRouter,
  routing,
  runningRouter,
} from '../support.ts';

const WORKERS = 2;
/** Probes that a busy machine answers late must not end requests that are about workers. */
const PATIENT = { hold: 30_000 };

describe('several workers', () => {
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let url: string;

  beforeEach(async () => {
    [running, blue, green, port] = await Promise.all([
      runningRouter(WORKERS),
      backend('blue'),
      backend('green'),
      freePort(),
    ]);
    url = `http://127.0.0.1:${port}/`;
  });
  afterEach(async () => {
    await running.close();
    await Promise.all([blue.close(), green.close()]);
  });

  const workersNow = async () => (await running.processes()).workers;

  /** A client that asks once on each connection, so that its requests come to any worker. */
  const askOf = (client: number, path = '') =>
    ask(`${url}${path}`, { headers: { 'x-user-id': `user-${client}` }, agent: new Agent() });

  it('count each client once, and every request, whichever worker it came to', async () => {
    blue.handle = (req, res) => res.writeHead(req.url === '/broken' ? 500 : 200).end('blue');
    green.handle = (req, res) => res.writeHead(req.url === '/broken' ? 500 : 200).end('green');
    await running.router.apply(canary(port, [blue], [green], 3_000));
    await eventually('both are healthy', async () => {
      const { healthy } = await running.observed('shop');
      return healthy.blue === 1 && healthy.green === 1;
    });
    const home = new Map<number, string>();
    const clients = Array.from({ length: 60 }, (_, client) => client);
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(
        clients.map(async (client) => {
          // The last four are hurt, each several times and by several workers.
          const { body } = await askOf(client, round % 2 === 1 && client >= 56 ? 'broken' : '');
          expect(home.get(client) ?? body).toBe(body);
          home.set(client, body);
        }),
      );
    }
    const sent = clients.length * 8;
    const blocks = await eventually('all are counted', async () => {
      const list = await running.router.traffic(0);
      return sumOf(list, ({ requests }) => requests['2xx'] + requests['5xx']) >= sent && list;
    });
    for (const colour of ['blue', 'green']) {
      const own = clients.filter((client) => home.get(client) === colour);
      const arm = blocks.filter(({ environment }) => environment === colour);
      const hurt = own.filter((client) => client >= 56).length;
      expect(sumOf(arm, ({ requests }) => requests['2xx'] + requests['5xx'])).toBe(own.length * 8);
      expect(sumOf(arm, ({ requests }) => requests['5xx'])).toBe(hurt * 4);
      expect(sumOf(arm, (block) => block.clients.seen)).toBe(own.length);
      expect(sumOf(arm, (block) => block.clients.hurt)).toBe(hurt);
      expect(sumOf(arm, (block) => block.clients.hurtInRollout)).toBe(hurt);
      expect(sumOf(arm, (block) => sumOf(block.latency, ([, count]) => count))).toBe(own.length * 8);
      expect(sumOf(arm, (block) => sumOf(block.clients.arrived ?? [], ([, count]) => count))).toBe(
        own.length,
      );
      const firsts = arm.flatMap((block) => block.firsts ?? []);
      const ended = sumOf(firsts, (first) => sumOf(first.ended, ([, count]) => count));
      // As many as clients, unless a minute ended meanwhile.
      expect([own.length, 2 * own.length]).toContain(ended);
    }
    expect(new Set(blocks.map(({ number }) => number)).size).toBe(blocks.length);
  });

  it('count in flight what any of them has', async () => {
    const held: (() => void)[] = [];
    blue.handle = (_req, res) => held.push(() => res.end('blue'));
    await running.router.apply(routing(port, [blue]));
    const answers = Array.from({ length: 24 }, (_, client) => askOf(client));
    await eventually('all are with the instance', () => held.length === 24);
    expect((await running.observed('shop')).inFlight.blue).toBe(24);
    for (const end of held) end();
    await Promise.all(answers);
    await eventually('none is', async () => (await running.observed('shop')).inFlight.blue === 0);
  });

  it('kill -9 of one: others serve, it is replaced by one that obeys, and only its requests in flight are cut', async () => {
    await running.router.apply(routing(port, [blue], PATIENT));
    const connections = 12;
    const traffic = load(url, 100, connections);
    const before = await workersNow();
    for (const victim of before) {
      const sent = traffic.sent();
      await eventually('traffic flows', () => traffic.sent() > sent + 200);
      process.kill(victim, 'SIGKILL');
      await eventually('it is replaced', async () => {
        const now = await workersNow();
        return now.length === WORKERS && !now.includes(victim);
      });
    }
    const sent = traffic.sent();
    await eventually('traffic flows on', () => traffic.sent() > sent + 200);
    await traffic.stop();
    const deaths = running.log().split('requests that it had in flight were cut').length - 1;
    for (const failure of traffic.failures)
      expect(failure).toMatch(/ECONNRESET|socket hang up|EPIPE|cut off/);
    expect(traffic.failures.length, running.log()).toBeLessThanOrEqual(deaths * connections);
    expect(running.log()).toMatch(/requests that it had in flight were cut, and what it counted/);
    await running.router.apply(canary(port, [blue], [green], 10_000));
    const bodies = await Promise.all(Array.from({ length: 30 }, (_, client) => askOf(client)));
    expect(new Set(bodies.map(({ body }) => body))).toEqual(new Set(['green']));
  });

  it('all of them killed at once: who connects meanwhile waits, and is served', async () => {
    await running.router.apply(routing(port, [blue], PATIENT));
    expect(await running.observed('shop')).toMatchObject({ problem: null });
    const before = await workersNow();
    for (const worker of before) process.kill(worker, 'SIGKILL');
    await eventually('they have ended', async () =>
      (await workersNow()).every((worker) => !before.includes(worker)),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, (_, client) => askOf(client)));
    expect(answers.every(({ body }) => body === 'blue')).toBe(true);
  });

  it('a service that is removed while one of them starts is listened for no longer', async () => {
    const other = await freePort();
    await running.router.apply(routing(port, [blue], PATIENT));
    await running.router.apply(routing(other, [blue], { ...PATIENT, service: 'second' }));
    const [victim] = await workersNow();
    process.kill(victim!, 'SIGKILL');
    await running.router.remove('second');
    await eventually('nobody can connect', async () => (await connecting(other)) === 'ECONNREFUSED');
    expect((await askOf(1)).body).toBe('blue');
  });

  it('SIGHUP: replaced one by one under keep-alive load and switches, without a failed request; tunnels stay', async () => {
    blue.server.on('upgrade', (_req, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.pipe(socket);
    });
    await running.router.apply(canary(port, [blue], [green], 0, PATIENT));
    await eventually('both are healthy', async () => (await running.observed('shop')).healthy.green === 1);
    const tunnel = await openTunnel(port);
    const traffic = load(url, 100, 16);
    const { pid, workers: before } = await running.processes();
    await eventually('traffic flows', () => traffic.sent() > 200);
    process.kill(pid, 'SIGHUP');
    let turn = 0;
    await eventually(
      'all are others',
      async () => {
        turn += 1;
        await running.router.apply(canary(port, [blue], [green], turn % 2 === 0 ? 0 : 10_000, PATIENT));
        const now = (await workersNow()).filter((worker) => !before.includes(worker));
        return now.length === WORKERS;
      },
      30_000,
    );
    const sent = traffic.sent();
    await eventually('traffic flows on', () => traffic.sent() > sent + 500);
    await traffic.stop();
    expect(traffic.failures).toEqual([]);
    expect(await tunnel.echo('still here')).toBe('still here');
    expect((await running.observed('shop')).inFlight.blue).toBe(1);
    tunnel.socket.destroy();
    await eventually('old ones are gone', async () => (await workersNow()).length === WORKERS);
    const counted = await eventually('all are counted', async () => {
      const list = await running.router.traffic(0);
      const sum = sumOf(list, ({ requests }) => requests['2xx']);
      return sum >= traffic.sent() && sum;
    });
    expect(counted).toBe(traffic.sent());
  });

  it('an instance that is found dead by one is dead for all until a probe says otherwise', async () => {
    const second = await backend('blue');
    await running.router.apply(routing(port, [blue, second]));
    await eventually('both are healthy', async () => (await running.observed('shop')).healthy.blue === 2);
    second.server.closeAllConnections();
    await second.close();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, client) => askOf(client)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await eventually('all know', async () => (await running.observed('shop')).healthy.blue === 1);
  });
});

const sumOf = <T>(list: readonly T[], read: (one: T) => number): number =>
  list.reduce((sum, one) => sum + read(one), 0);

/** The error code, or that there is none. */
const connecting = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    socket.once('connect', () => end('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });

async function openTunnel(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  const next = () => new Promise<string>((resolve) => socket.once('data', (text: string) => resolve(text)));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  expect(await next()).toContain('101');
  return {
    socket,
    async echo(text: string) {
      const answer = next();
      socket.write(text);
      return answer;
    },
  };
}
