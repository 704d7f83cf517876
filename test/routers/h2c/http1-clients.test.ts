import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { ask, askRaw, freePort, routing } from '../support.ts';
import { H2C, type H2cInstance, h2cInstance } from './h2c-instance.ts';

describe('clients of HTTP/1.1 before instances of h2c', () => {
  let running: SecureRouter;
  let blue: H2cInstance;
  let port: number;

  beforeEach(async () => {
    [running, blue, port] = await Promise.all([secureRouter(), h2cInstance('blue'), freePort()]);
    const endpoints = { blue: [{ host: '127.0.0.1', port: blue.port }], green: [] };
    await running.router.apply(routing(port, [], { endpoints, health: { blue: null, green: null }, ...H2C }));
  });
  afterEach(async () => {
    await running.close();
    await blue.close();
  });

  it('heads, bodies with and without a length, trailers, HEAD, early hints', async () => {
    let heard: IncomingHttpHeaders = {};
    blue.handle = (stream, headers) => {
      heard = headers;
      stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
      stream.respond({ ':status': 201, 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '3' }));
      if (headers[':method'] !== 'HEAD') stream.pipe(stream);
    };
    const answer = await ask(`http://127.0.0.1:${port}/p?q=1`, {
      method: 'POST',
      body: 'abc',
      headers: { 'transfer-encoding': 'chunked', connection: 'x-hop', 'x-hop': '1', 'X-Case': 'v' },
    });
    expect([answer.status, answer.body, answer.trailers]).toEqual([201, 'abc', { 'x-sum': '3' }]);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(heard).toMatchObject({ ':method': 'POST', ':path': '/p?q=1', ':scheme': 'http', 'x-case': 'v' });
    for (const name of ['x-hop', 'transfer-encoding', 'connection', 'host'])
      expect(heard[name]).toBeUndefined();
    const raw = await askRaw(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(raw).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 201 /,
    );
    expect(raw.endsWith('\r\n\r\n')).toBe(true);
    const old = await askRaw(port, 'POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 3\r\n\r\nold');
    expect(old).toMatch(/HTTP\/1\.1 201 [\s\S]*\r\n\r\nold$/);
  });

  it('releases that differ are spoken to each in its own way', async () => {
    const green = await h2cInstance('green');
    const { createServer: createHttp1 } = await import('node:http');
    const http1 = createHttp1((_req, res) => res.end('http1')).listen(0, '127.0.0.1');
    await once(http1, 'listening');
    const at = (to: number) => [{ host: '127.0.0.1', port: to }];
    const lead = (blueShare: number) =>
      running.router.apply(
        routing(port, [], {
          endpoints: { blue: at((http1.address() as AddressInfo).port), green: at(green.port) },
          health: { blue: null, green: null },
          releases: { blue: 'r1', green: 'r2' },
          split: { blue: blueShare, green: 10_000 - blueShare },
          protocols: { blue: 'http/1.1', green: 'h2c' },
        }),
      );
    await lead(10_000);
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe('http1');
    await lead(0);
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe('green');
    http1.close();
    await green.close();
  });
});
