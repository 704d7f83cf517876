/** HTTP through the real router process, with real servers behind it. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  ask,
  askRaw,
  type Backend,
  backend,
  canary,
  eventually,
  freePort,
  type RunningRouter,
  routing,
  runningRouter,
} from '../support.ts';

describe('HTTP through the router', () => {
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;
  let url: string;

  beforeAll(async () => {
    running = await runningRouter();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    [blue, green, port] = await Promise.all([backend('blue'), backend('green'), freePort()]);
    url = `http://127.0.0.1:${port}/`;
    await running.router.apply(routing(port, [blue]));
  });
  afterEach(async () => {
    await running.router.remove('shop');
    await Promise.all([blue.close(), green.close()]);
  });

  const inFlight = async () => (await running.observed('shop')).inFlight;

  it('passes heads on with their case, order and duplicates, without what is hop by hop', async () => {
    blue.handle = (_req, res) => {
      const hop = ['Connection', 'X-Hop', 'X-Hop', '1', 'Keep-Alive', 'timeout=9'];
      res.writeHead(201, 'Made Up', ['X-CamelCase', 'a', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', ...hop]);
      res.end('x');
    };
    const raw = await askRaw(
      port,
      `GET /p?q=1 HTTP/1.1\r\nHost: h\r\nX-CamelCase: v\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nCookie: teal_id=a.b; own=1\r\n\r\n`,
    );
    expect(raw).toContain('HTTP/1.1 201 Made Up\r\nX-CamelCase: a\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n');
    expect(raw).not.toMatch(/x-hop|timeout=9/i);
    const seen = blue.requests[0]!;
    expect(seen.url).toBe('/p?q=1');
    expect(seen.raw).toContain('X-CamelCase');
    expect(seen.headers).toMatchObject({
      ...{ host: 'h', cookie: 'own=1', 'x-forwarded-for': '127.0.0.1' },
      ...{ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'h' },
    });
    expect(seen.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.headers).not.toHaveProperty('x-mine');
  });

  it('passes a proper request id on and replaces an improper one', async () => {
    await ask(url, { headers: { 'x-request-id': 'abc-123' } });
    await ask(url, { headers: { 'x-request-id': 'a b"c' } });
    expect(blue.requests[0]!.headers['x-request-id']).toBe('abc-123');
    expect(blue.requests[1]!.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps connections alive on both sides', async () => {
    const sockets = new Set<unknown>();
    blue.server.on('request', ({ url: path, socket }) => {
      if (path === '/again') sockets.add(socket);
    });
    const client = connect(port, '127.0.0.1');
    let text = '';
    client.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    for (let turn = 1; turn <= 5; turn += 1) {
      client.write('GET /again HTTP/1.1\r\nHost: h\r\n\r\n');
      await eventually('an answer', () => text.split('HTTP/1.1 200').length === turn + 1);
      await eventually('it is given back', async () => (await inFlight()).blue === 0);
    }
    client.destroy();
    expect(sockets.size).toBe(1);
  });

  it('answers pipelined requests in their order', async () => {
    blue.handle = (req, res) => setTimeout(() => res.end(req.url), req.url === '/1' ? 50 : 0);
    const two = 'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
    expect(await askRaw(port, two)).toMatch(/\/1[\s\S]*\/2/);
  });

  it('streams a body up and down, with trailers', async () => {
    blue.handle = (req, res) => {
      res.writeHead(200, { trailer: 'x-sum', 'content-type': 'application/octet-stream' });
      let sum = 0;
      req.on('data', (chunk: Buffer) => {
        sum += chunk.length;
        res.write(chunk);
      });
      req.on('end', () => {
        res.addTrailers({ 'x-sum': String(sum) });
        res.end();
      });
    };
    const body = Buffer.alloc(3_000_000, 'teal');
    const answer = await ask(url, { method: 'POST', body, headers: { 'transfer-encoding': 'chunked' } });
    expect(answer.body.length).toBe(body.length);
    expect(answer.trailers).toEqual({ 'x-sum': String(body.length) });
    const sized = await ask(url, { method: 'PUT', body, headers: { 'content-length': String(body.length) } });
    expect(sized.body.length).toBe(body.length);
    expect(blue.requests[1]!.headers['content-length']).toBe(String(body.length));
  });

  it('holds an instance back while the client does not read', async () => {
    const size = 4_000 * 65_536;
    let written = 0;
    blue.handle = (_req, res) => {
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        let room = true;
        while (room && written < size) {
          room = res.write(chunk);
          written += chunk.length;
        }
        if (written < size) res.once('drain', more);
        else res.end();
      };
      more();
    };
    const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
    client.pause();
    await eventually('something was written', () => written > 0);
    let before = -1;
    const stuck = await eventually('the instance waits', async () => {
      const still = written === before && written;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    // The kernel's buffers of two connections hold some megabytes, and may grow to 75 (tcp_rmem, tcp_wmem); the answer has 262.
    expect(stuck).toBeLessThan(100_000_000);
    client.destroy();
    await eventually('the instance is let go', async () => (await inFlight()).blue === 0);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s %i has no body and no invented length', async (method, status) => {
    blue.handle = (_req, res) => {
      res.writeHead(status, status === 204 ? {} : { 'content-length': '5', etag: '"e"' });
      res.end();
    };
    const answer = await ask(url, { method });
    expect(answer.status).toBe(status);
    expect(answer.body).toBe('');
    expect(answer.headers['content-length']).toBe(status === 204 ? undefined : '5');
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
    expect((await ask(url, { method })).status).toBe(status);
  });

  it('lets an announced trailer go where the client cannot get it', async () => {
    const head = 'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n';
    const body = '5\r\nwhole\r\n0\r\nx-sum: 1\r\n\r\n';
    blue.handle = (req) => req.socket.end(req.method === 'HEAD' ? head : head + body);
    expect((await ask(url, { method: 'HEAD' })).status).toBe(200);
    expect(await askRaw(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nwhole$/,
    );
  });

  it('answers 100-continue itself, once there is an instance', async () => {
    blue.handle = (req, res) => {
      req.resume().on('end', () => res.end(`got ${req.headers['content-length']} ${req.headers.expect}`));
    };
    const req = request(url, { method: 'POST', headers: { expect: '100-continue', 'content-length': '3' } });
    req.flushHeaders();
    await once(req, 'continue');
    req.end('abc');
    const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
    expect(res.statusCode).toBe(200);
    expect(Buffer.concat(await res.toArray()).toString()).toBe('got 3 undefined');
  });

  it('streams server-sent events as they come, and lets the instance know when the client has left', async () => {
    let left = false;
    blue.handle = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: 1\n\n');
      res.on('close', () => {
        left = true;
      });
    };
    const req = request(url).end();
    const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
    const [chunk] = (await once(res, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('data: 1\n\n');
    expect(await inFlight()).toEqual({ blue: 1, green: 0 });
    req.destroy();
    await eventually('the instance sees it', () => left);
    await eventually('it is no longer in flight', async () => (await inFlight()).blue === 0);
  });

  it('carries WebSockets, which stay on their environment over a switch until they end', async () => {
    const server = new WebSocketServer({ server: blue.server });
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(`blue heard ${data}`)));
    await running.router.apply(canary(port, [blue], [green], 0));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers: { 'x-user-id': 'u' } });
    await once(socket, 'open');
    socket.send('one');
    expect(String((await once(socket, 'message'))[0])).toBe('blue heard one');
    await running.router.apply(canary(port, [blue], [green], 10_000));
    expect((await ask(url)).body).toBe('green');
    socket.send('two');
    expect(String((await once(socket, 'message'))[0])).toBe('blue heard two');
    expect(await inFlight()).toEqual({ blue: 1, green: 0 });
    socket.close();
    await eventually('the tunnel has ended', async () => (await inFlight()).blue === 0);
    server.close();
  });

  it('passes on the refusal of an upgrade', async () => {
    blue.handle = (_req, res) => res.writeHead(403, { 'x-why': 'no' }).end('not you');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const [, res] = (await once(socket, 'unexpected-response')) as [
      unknown,
      import('node:http').IncomingMessage,
    ];
    expect(res.statusCode).toBe(403);
    expect(Buffer.concat(await res.toArray()).toString()).toBe('not you');
    socket.on('error', () => undefined);
    socket.terminate();
  });

  it('sends an idempotent request again after a stale connection, and never one that an instance may have begun', async () => {
    expect((await ask(url)).status).toBe(200);
    let dropped = 0;
    blue.handle = (req, res) => {
      if (dropped++ > 0) res.end('second');
      else req.socket.destroy();
    };
    expect((await ask(url)).body).toBe('second');
    dropped = 0;
    expect((await ask(url, { method: 'POST', body: 'x' })).status).toBe(502);
    expect(dropped).toBe(1);
  });

  it('cuts the client off where the instance breaks off in the middle', async () => {
    blue.handle = (_req, res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('half');
      setImmediate(() => res.destroy());
    };
    await expect(ask(url)).rejects.toThrow();
  });

  it('lets an answer through that comes before the upload has ended', async () => {
    blue.handle = (_req, res) => res.writeHead(413, { connection: 'close' }).end('too large');
    const req = request(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    req.on('error', () => undefined);
    req.write('some');
    const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
    expect(res.statusCode).toBe(413);
    req.destroy();
  });

  const GET = 'GET / HTTP/1.1\r\nHost: h\r\n';
  it.each([
    ['two hosts', `${GET}Host: i\r\n\r\n`, 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    [
      'length and chunks',
      `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `${GET}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
    [
      'an unknown coding',
      `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      501,
    ],
    ['space before the colon', `${GET}X : y\r\n\r\n`, 400],
    ['a folded line', `${GET}X: y\r\n z\r\n\r\n`, 400],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: h\n\n', 400],
    ['NUL in a value', `${GET}X: a\0b\r\n\r\n`, 400],
    ['a target that is no path', 'GET foo HTTP/1.1\r\nHost: h\r\n\r\n', 400],
    ['too large a head', `${GET}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n', 405],
  ])('refuses %s', async (_what, text, status) => {
    const closing = text.replace('Host: h\r\n', 'Host: h\r\nConnection: close\r\n');
    expect(await askRaw(port, closing)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(blue.requests).toEqual([]);
  });

  it('routes by host and path among several services on one listener', async () => {
    const other = await backend('other');
    const api = await backend('api');
    const listen = { port, address: '127.0.0.1' };
    await running.router.apply(
      routing(port, [other], { service: 'blog', listen: { ...listen, host: 'blog.test', path: '/' } }),
    );
    await running.router.apply(
      routing(port, [api], { service: 'api', listen: { ...listen, host: null, path: '/api' } }),
    );
    expect((await ask(url)).body).toBe('blue');
    expect((await ask(url, { headers: { host: 'BLOG.test:80' } })).body).toBe('other');
    expect((await ask(`${url}api/x`)).body).toBe('api');
    expect((await ask(`${url}apis`)).body).toBe('blue');
    await running.router.remove('shop');
    expect((await ask(url)).status).toBe(404);
    expect((await ask(`${url}api`)).body).toBe('api');
    await Promise.all([running.router.remove('blog'), running.router.remove('api')]);
    await Promise.all([other.close(), api.close()]);
  });

  it('says which service has the place already', async () => {
    await running.router.apply(routing(port, [green], { service: 'second' }));
    expect((await running.observed('second')).problem).toMatch(/shop/);
    expect((await ask(url)).body).toBe('blue');
    await running.router.remove('second');
  });
});
