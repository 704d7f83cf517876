/** What the router survives: its own death, a damaged table, a taken port, a daemon that is away. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
} from './support.ts';

/** Whether connections to the port are refused. */
const isClosed = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(false));
    socket.on('error', () => resolve(true));
    socket.on('connect', () => socket.destroy());
  });

describe('the router survives', () => {
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let url: string;

  beforeEach(async () => {
    [running, blue, green, port] = await Promise.all([
      runningRouter(),
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

  it('kill -9, with its table, its key, its telemetry and growing block numbers', async () => {
    const wanted = canary(port, [blue], [green], 3_000);
    await running.router.apply(wanted);
    const homes = new Map<string, string>();
    for (let n = 0; n < 50; n += 1) {
      homes.set(`u${n}`, (await ask(url, { headers: { 'x-user-id': `u${n}` } })).body);
    }
    const before = await eventually('blocks', async () => {
      const list = await running.router.traffic(0);
      return list.reduce((sum, block) => sum + block.requests['2xx'], 0) === 50 && list;
    });
    await running.router.acknowledge(before[0]!.number);
    await running.kill('SIGKILL');
    await running.start();
    expect((await running.observed('shop')).revision).toBe(wanted.revision);
    for (const [user, home] of homes) {
      expect((await ask(url, { headers: { 'x-user-id': user } })).body).toBe(home);
    }
    const after = await eventually('new blocks', async () => {
      const list = await running.router.traffic(0);
      return list.reduce((sum, block) => sum + block.requests['2xx'], 0) >= 50 && list;
    });
    const numbers = after.map((block) => block.number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers).not.toContain(before[0]!.number);
    expect(numbers.slice(0, before.length - 1)).toEqual(before.slice(1).map((block) => block.number));
    expect(numbers.at(-1)).toBeGreaterThan(before.at(-1)!.number);
  });

  it('a damaged entry: set aside, said, and the others serve', async () => {
    const second = await freePort();
    await running.router.apply(routing(port, [blue]));
    await running.router.apply(
      routing(second, [green], {
        service: 'other',
        endpoints: { blue: [{ host: '127.0.0.1', port: green.port }], green: [] },
      }),
    );
    await running.kill('SIGKILL');
    const table = join(running.home.router, 'table');
    await writeFile(join(table, 'shop.json'), '{"routing": {"service": "sh');
    await running.start();
    expect((await ask(`http://127.0.0.1:${second}/`)).body).toBe('green');
    expect(await running.router.observe('shop')).toBeNull();
    expect((await readdir(table)).some((name) => name.startsWith('shop.json.damaged-'))).toBe(true);
    expect(running.log()).toContain('damaged');
    await running.router.apply(routing(port, [blue]));
    expect((await ask(url)).body).toBe('blue');
  });

  it('keeps secrets to its owner', async () => {
    await running.router.apply(routing(port, [blue]));
    for (const path of ['key', 'table/shop.json', 'control.sock', 'telemetry.ndjson']) {
      expect(((await stat(join(running.home.router, path))).mode & 0o077).toString(8)).toBe('0');
    }
  });

  it('a taken port: says so, tries again, and concerns no other service', async () => {
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    const second = await freePort();
    await running.router.apply(routing(port, [blue]));
    await running.router.apply(routing(second, [green], { service: 'other' }));
    const seen = await running.observed('shop');
    expect(seen.problem).toMatch(new RegExp(`Port ${port} .* taken`));
    expect(seen.url).toBeNull();
    expect((await ask(`http://127.0.0.1:${second}/`)).body).toBe('green');
    squatter.close();
    await eventually('it listens after all', async () => (await running.observed('shop')).url !== null);
    expect((await ask(url)).body).toBe('blue');
    expect((await running.observed('shop')).problem).toBeNull();
  });

  it('a routing that makes no sense: refuses it and keeps what it has', async () => {
    const good = routing(port, [blue]);
    await running.router.apply(good);
    await expect(
      running.router.apply({ ...good, revision: 'bad', split: { blue: 1, green: 1 } }),
    ).rejects.toMatchObject({ code: 'E_ROUTER_ENTRY' });
    expect((await running.observed('shop')).revision).toBe(good.revision);
    expect((await ask(url)).body).toBe('blue');
  });

  it('the absence of the daemon in the middle of a canary: everybody goes to stable, also after a restart', async () => {
    const wanted = canary(port, [blue], [green], 5_000, { fallback: { to: 'blue', after: 600 } });
    await running.router.apply(wanted);
    for (let beat = 0; beat < 8; beat += 1) {
      await running.router.heartbeat();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect((await running.observed('shop')).fellBackAt).toBeNull();
    const seen = await eventually('it falls back', async () => {
      const observed = await running.observed('shop');
      return observed.fellBackAt !== null && observed;
    });
    expect(seen.split).toEqual({ blue: 10_000, green: 0 });
    expect(seen.revision).not.toBe(wanted.revision);
    for (let n = 0; n < 40; n += 1) {
      expect((await ask(url, { headers: { 'x-user-id': `u${n}` } })).body).toBe('blue');
    }
    expect(running.log()).toContain('no heartbeat');
    const table = join(running.home.router, 'table', 'shop.json');
    const savedAt = async () => JSON.parse(await readFile(table, 'utf8')).fellBackAt as number | null;
    await eventually('it is saved', async () => (await savedAt()) === seen.fellBackAt);
    await running.kill('SIGKILL');
    await running.start();
    expect(await running.observed('shop')).toMatchObject({ split: seen.split, fellBackAt: seen.fellBackAt });
    await running.router.apply(wanted);
    expect(await running.observed('shop')).toMatchObject({ split: wanted.split, fellBackAt: null });
  });

  it('SIGTERM: what is in flight ends before it does', async () => {
    let end = () => {};
    blue.handle = (_req, res) => {
      end = () => res.end('to the end');
    };
    await running.router.apply(routing(port, [blue]));
    const waiting = ask(url);
    await eventually('it is with the instance', () => blue.requests.length === 1);
    const ended = running.kill('SIGTERM');
    await eventually('it takes nothing new', () => isClosed(port));
    end();
    expect((await waiting).body).toBe('to the end');
    await ended;
  });

  it('a second router for the same home: which refuses with the pid of the first', async () => {
    const launcher = fileURLToPath(new URL('./support/launch-router.ts', import.meta.url));
    const env = { ...process.env, TEAL_HOME: running.home.root, NODE_OPTIONS: '' };
    const second = spawn(process.execPath, [launcher], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    second.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = (await once(second, 'exit')) as [number];
    expect(code).not.toBe(0);
    expect(said).toContain('Another router serves this TEAL_HOME');
  });

  it('an instance that dies and comes back under load', async () => {
    const second = await backend('blue');
    await running.router.apply(routing(port, [blue, second]));
    await eventually('both are healthy', async () => (await running.observed('shop')).healthy.blue === 2);
    const traffic = load(url, 50, 8);
    await eventually('traffic flows', () => traffic.sent() > 200);
    // New connections are refused from here on; what is in flight ends.
    const closed = new Promise((resolve) => blue.server.close(resolve));
    await eventually('it is found out', async () => (await running.observed('shop')).healthy.blue === 1);
    await closed;
    blue.server.listen(blue.port, '127.0.0.1');
    await eventually('it is back', async () => (await running.observed('shop')).healthy.blue === 2);
    await traffic.stop();
    expect(traffic.failures).toEqual([]);
    await second.close();
  });

  it('an instance that resets connections unread costs no GET, and a POST is not sent twice', async () => {
    const second = await backend('second');
    await running.router.apply(routing(port, [blue, second]));
    await eventually('both are healthy', async () => (await running.observed('shop')).healthy.blue === 2);
    blue.handle = (req) => req.socket.resetAndDestroy();
    await eventually('the GETs met both', async () => {
      expect(await ask(url)).toMatchObject({ status: 200, body: 'second' });
      return blue.requests.length > 0;
    });
    await running.router.apply({ ...routing(port, [blue]), revision: 'alone' });
    await eventually(
      'it is found healthy again',
      async () => (await running.observed('shop')).healthy.blue === 1,
    );
    const before = blue.requests.length;
    expect(await ask(url, { method: 'POST', body: 'pay' })).toMatchObject({ status: 502 });
    expect(blue.requests.length).toBe(before + 1);
    await second.close();
  });
});
