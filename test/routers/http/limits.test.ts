/** Time limits, shortened, with the router in this process. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { LIMITS } from '../../../src/routers/embedded/visit/limits.ts';
import { createLogger } from '../../../src/system/log.ts';
import { ask, askRaw, type Backend, backend, eventually, freePort, routing } from '../support.ts';

describe('time limits', () => {
  let folder: string;
  let router: EmbeddedRouter;
  let blue: Backend;
  let port: number;
  let url: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-limits-'));
    const limits = { ...LIMITS, head: 300, bodyIdle: 300, answerHead: 300 };
    router = await startEmbeddedRouter(folder, createLogger('test', 'silent'), {
      limits,
      fastPath: process.env.TEAL_TEST_FAST_PATH !== 'off',
    });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
    url = `http://127.0.0.1:${port}/`;
    await router.apply(routing(port, [blue]));
    await eventually('it is healthy', () => router.observe('shop')?.healthy.blue === 1);
  });
  afterEach(async () => {
    await router.close(0);
    await blue.close();
    await rm(folder, { recursive: true, force: true });
  });

  const outcomes = (outcome: 'timed-out' | 'gone' | 'unreachable') =>
    router.traffic(0).reduce((sum, block) => sum + block.requests[outcome], 0);

  it('an instance that does not answer: 504, once, and the client is hurt', async () => {
    blue.handle = () => undefined;
    expect((await ask(url)).status).toBe(504);
    expect(blue.requests.length).toBe(1);
    await eventually('it is counted', () => outcomes('timed-out') === 1);
    expect(router.traffic(0).reduce((sum, block) => sum + block.clients.hurt, 0)).toBe(1);
    expect(router.observe('shop')?.inFlight.blue).toBe(0);
  });

  it('an instance that does not answer an upgrade: 504', async () => {
    blue.server.on('upgrade', (_req, socket) => socket.resume().on('end', () => socket.destroy()));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const [, res] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(res.statusCode).toBe(504);
    socket.on('error', () => undefined);
    socket.terminate();
    await eventually('it is counted', () => outcomes('timed-out') === 1);
  });

  it('a head that does not end: 408', async () => {
    expect(await askRaw(port, 'GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a body that stops in the middle: 408, and the instance is let go', async () => {
    blue.handle = (req) => void req.resume();
    expect(await askRaw(port, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab')).toMatch(
      /^HTTP\/1\.1 408 /,
    );
    await eventually('it is let go', () => router.observe('shop')?.inFlight.blue === 0);
  });

  it('an instance that stops reading a body: 504, and it is what is counted', async () => {
    blue.handle = () => undefined;
    // More than the buffers of the kernel hold on two connections, which may grow to 75 MB (tcp_rmem, tcp_wmem).
    const chunk = Buffer.alloc(1_000_000, 'x');
    const client = connect(port, '127.0.0.1', () => {
      client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n');
      Readable.from(Array.from({ length: 100 }, () => chunk)).pipe(client);
    });
    let answer = '';
    client.on('error', () => undefined).setEncoding('latin1');
    client.on('data', (more: string) => {
      answer += more;
    });
    await eventually('an answer', () => answer.startsWith('HTTP/1.1 504 '));
    client.destroy();
    await eventually('it is counted', () => outcomes('timed-out') === 1);
    expect(router.observe('shop')?.inFlight.blue).toBe(0);
  });

  it('a client that leaves while it is held: is gone, and nobody is hurt', async () => {
    await router.apply(routing(port, [], { hold: 60_000 }));
    const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
    await once(client, 'connect');
    client.destroy();
    await router.apply(routing(port, [blue]));
    expect((await ask(url)).body).toBe('blue');
    await eventually('the other is counted', () =>
      router.traffic(0).some((block) => block.requests['2xx'] === 1),
    );
    expect(router.traffic(0).reduce((sum, block) => sum + block.clients.hurt, 0)).toBe(0);
  });
});
