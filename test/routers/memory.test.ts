/**
 * Memory of the router's process for each client: idle ones, those who read slowly, and uploads to instances that do. On
 * both transports. With TEAL_REQUIRE=all there are 10,000 idle ones: what is garbage for now weighs less then.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../src/core/service/http-spec.ts';
import {
  ask,
  type Backend,
  backend,
  eventually,
  freePort,
  type RunningRouter,
  routing,
  runningRouter,
} from './support.ts';

const ALL = process.env.TEAL_REQUIRE === 'all';
const IDLE = ALL ? 10_000 : 500;
const SLOW = 1_000;
const HEAD = 'Host: h\r\n\r\n';
const MB = 1_048_576;

describe.each([
  ['fast path', 'on', ALL ? 8 : 40, 384],
  ["node's own server", 'off', 100, 768],
] as const)('memory, %s', (_name, path, mostIdle, mostSlow) => {
  let running: RunningRouter;
  let blue: Backend;
  let port: number;
  const clients: Socket[] = [];

  const start = async () => {
    running = await runningRouter(0, { TEAL_TEST_FAST_PATH: path });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
    const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, connections: null } };
    await running.router.apply(routing(port, [blue], { http }));
    await eventually('it is healthy', async () => (await running.observed('shop')).healthy.blue === 1);
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await Promise.all([running.close(), blue.close()]);
  });

  const open = async (text: string): Promise<Socket> => {
    const client = connect({ port, host: '127.0.0.1', noDelay: true });
    client.on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    client.write(text);
    return client;
  };
  /** Asks for something and reads it, so that the connection is idle then as one of a browser is. */
  const idle = async () => {
    const client = await open(`GET / HTTP/1.1\r\n${HEAD}`);
    await once(client, 'data');
    client.pause();
  };
  const many = async (count: number, one: () => Promise<unknown>) => {
    for (let done = 0; done < count; done += 50)
      await Promise.all(Array.from({ length: Math.min(50, count - done) }, one));
  };
  /** KB that the router's process holds. */
  const resident = async () => {
    const { pid } = await running.processes();
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
  };
  const inFlight = async () => (await running.observed('shop')).inFlight.blue;

  it(`${IDLE} idle connections`, { timeout: 120_000 }, async () => {
    await start();
    await many(200, idle); // what is allocated once
    const before = await resident();
    await many(IDLE, idle);
    const each = ((await resident()) - before) / IDLE;

    expect(each).toBeLessThan(mostIdle);
  });

  it(`${SLOW} clients that take nothing of a large answer`, { timeout: 120_000 }, async () => {
    await start();
    const piece = Buffer.alloc(262_144);
    blue.handle = (req, res) => {
      if (req.url === '/small') return void res.end('served');
      let left = 64;
      res.writeHead(200, { 'content-length': left * piece.length });
      const more = () => {
        while (left > 0) {
          left -= 1;
          if (!res.write(piece)) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    };
    /** On a busy machine the router refuses some at first: they come again. */
    const slow = async (): Promise<void> => {
      const client = await open(`GET / HTTP/1.1\r\n${HEAD}`);
      await once(client, 'readable');
      const begun = client.read(12) as Buffer | null;
      if (begun?.toString('latin1') === 'HTTP/1.1 200') return;
      client.destroy();
      clients.splice(clients.indexOf(client), 1);
      return slow();
    };
    const before = await resident();
    await many(SLOW, slow);
    await eventually('all are in work', async () => (await inFlight()) === SLOW);
    let last = 0;
    const held = await eventually('it has come to rest', async () => {
      const now = await resident();
      const still = Math.abs(now - last) < 512 && now;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return still;
    });
    // What the process takes once, and what each client does.
    expect(held - before).toBeLessThan(40_960 + SLOW * mostSlow);
    // Whoever comes now is served as if there were none of them.
    const other = async () => (await ask(`http://127.0.0.1:${port}/small`)).body === 'served';
    await Promise.all(Array.from({ length: 20 }, () => eventually('it is served', other)));
    for (const client of clients.splice(0)) client.destroy();
    await eventually('nothing is in flight', async () => (await inFlight()) === 0);
  });

  it.each([
    // Less than services take, or it would be refused at once.
    ['with a length', `Content-Length: ${90 * MB}\r\n`],
    ['in chunks', 'Transfer-Encoding: chunked\r\n'],
  ])('an upload %s to an instance that does not read', { timeout: 60_000 }, async (_what, framing) => {
    await start();
    let reading = () => {};
    blue.handle = (req, res) => {
      let size = 0;
      reading = () => {
        req.on('data', (chunk: Buffer) => {
          size += chunk.length;
        });
      };
      req.on('end', () => res.end(`got ${size}`));
    };
    const client = await open(`PUT / HTTP/1.1\r\nHost: h\r\n${framing}\r\n`);
    const before = await resident();
    const chunked = framing.startsWith('Transfer');
    const piece = Buffer.alloc(MB);
    const framed = chunked ? Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')]) : piece;
    let sent = 0;
    let room = true;
    const send = () => {
      for (room = true; room && sent < 60; sent += 1) room = client.write(framed);
      if (sent < 60) client.once('drain', send);
      else if (chunked) client.write('0\r\n\r\n');
    };
    send();
    let seen = -1;
    await eventually('the client is held back', async () => {
      const still = seen === sent && sent < 60;
      seen = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return still;
    });
    expect((await resident()) - before).toBeLessThan(40_960);
    if (!chunked) return;
    let answer = '';
    client.setEncoding('latin1').on('data', (more: string) => {
      answer += more;
    });
    reading();
    await eventually('all of it has come', () => answer.endsWith(`got ${60 * MB}`), 30_000);
  });
});

describe.each([
  ['fast path', 'on'],
  ["node's own server", 'off'],
])('order, %s', (_name, path) => {
  it('many requests ahead on many connections are answered in their order', async () => {
    const running = await runningRouter(0, { TEAL_TEST_FAST_PATH: path });
    const [blue, port] = await Promise.all([backend('blue'), freePort()]);
    blue.handle = (req, res) => {
      const answer = () => res.end(`<${req.url}>`);
      if (Number(req.url?.slice(-1)) % 3 === 0) setTimeout(answer, 2);
      else answer();
    };
    await running.router.apply(routing(port, [blue]));
    await eventually('it is healthy', async () => (await running.observed('shop')).healthy.blue === 1);
    const paths = (connection: number) => Array.from({ length: 50 }, (_, i) => `/${connection}/${i}`);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, connection) => {
        const client = connect(port, '127.0.0.1');
        let text = '';
        client.setEncoding('latin1').on('data', (more: string) => {
          text += more;
        });
        const asked = paths(connection).map((to, i) =>
          // Some of them are unusual, so that the connection changes its transport in the middle.
          i % 17 === 16 ? `GET http://h${to} HTTP/1.1\r\n${HEAD}` : `GET ${to} HTTP/1.1\r\n${HEAD}`,
        );
        client.write(asked.join(''));
        await eventually('all answers', () => text.includes(`<${paths(connection).at(-1)}>`), 30_000);
        client.destroy();
        return [...text.matchAll(/<([^>]+)>/g)].map(([, to]) => to);
      }),
    );
    expect(answers).toEqual(answers.map((_, connection) => paths(connection)));
    await Promise.all([running.close(), blue.close()]);
  });
});
