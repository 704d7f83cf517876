/** TLS at the front: which versions, resumption, and HTTP/1.1 through it on both paths. */
import { once } from 'node:events';
import { connect as connectPlainly } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { InProcessRouter } from '../support/in-process-router.ts';
import { ask, type Backend, eventually, freePort, routing } from '../support.ts';
import { type TlsStage, tlsStage } from './tls-stage.ts';

const NAVIGATION = { 'sec-fetch-mode': 'navigate' };

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('TLS, %s', (_name, fastPath) => {
  let stage: TlsStage;
  let running: InProcessRouter;
  let blue: Backend;
  let port: number;

  beforeEach(async () => {
    stage = await tlsStage(fastPath);
    ({ running, blue, port } = stage);
  });
  afterEach(() => stage.close());
  const applyShop: TlsStage['applyShop'] = (names) => stage.applyShop(names);
  const handshake: TlsStage['handshake'] = (options) => stage.handshake(options);
  const get: TlsStage['get'] = (path, options, body) => stage.get(path, options, body);

  it('serves HTTP/1.1, says so to the instance, and marks its cookie Secure', async () => {
    await applyShop();
    await running.router.apply(
      routing(port, [blue], { listen: stage.secure(['shop']), identify: { kind: 'auto' } }),
    );
    const answer = await get('/', { headers: NAVIGATION });
    expect(answer).toMatchObject({ status: 200, body: 'blue' });
    expect(blue.requests[0]!.headers['x-forwarded-proto']).toBe('https');
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^teal_id=.*; HttpOnly; SameSite=Lax; Secure$/);
    expect(running.router.observe('shop')).toMatchObject({ url: `https://127.0.0.1:${port}`, problem: null });
  });

  it('speaks TLS 1.2 and 1.3, nothing older, and no cipher without forward secrecy', async () => {
    await applyShop();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake({ minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await expect(handshake(old)).rejects.toThrow();
    await expect(
      handshake({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES128-GCM-SHA256' }),
    ).rejects.toThrow();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes sessions of %s', async (version) => {
    await applyShop();
    const versions = { minVersion: version, maxVersion: version, servername: 'shop.test' };
    const first = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...versions });
    const session = once(first, 'session');
    first.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    const [ticket] = (await session) as [Buffer];
    first.destroy();
    const second = await handshake({ ...versions, session: ticket });
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });

  it('tells a service that wants the same port without TLS', async () => {
    await applyShop();
    const listen = { port, address: '127.0.0.1', host: 'plain.test', path: '/' };
    await running.router.apply(routing(port, [blue], { service: 'plain', listen }));
    expect(running.router.observe('plain')).toMatchObject({
      url: null,
      problem: `The service shop uses port ${port} with TLS, so it cannot be used without TLS.`,
    });
    expect((await get()).status).toBe(200);
  });

  it('changes from plain to TLS and back on the same port', async () => {
    await running.router.apply(routing(port, [blue]));
    expect((await ask(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await applyShop();
    await eventually('it speaks TLS', async () => (await get().catch(() => null))?.status === 200);
    await running.router.apply(routing(port, [blue]));
    await eventually('it speaks plainly', async () => {
      const answer = await ask(`http://127.0.0.1:${port}/`).catch(() => null);
      return answer?.status === 200;
    });
  });

  it('carries large bodies both ways, chunks, pipelined requests and closing answers', async () => {
    await applyShop();
    const body = Buffer.alloc(2_000_000, 'teal');
    blue.handle = (req, res) => {
      if (req.url === '/close') return void req.socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
      if (req.method === 'POST') return void req.pipe(res);
      if (req.url === '/sized') res.setHeader('content-length', body.length);
      res.end(req.url === '/sized' ? body : req.url);
    };
    expect((await get('/sized')).body.length).toBe(body.length);
    expect((await get('/close')).body).toBe('until the end');
    const echoed = await get('/', { method: 'POST', headers: { 'content-length': body.length } }, body);
    expect(echoed.body).toBe(body.toString());
    const socket = await handshake();
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.write('GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(text).toMatch(/\/1[\s\S]*HTTP\/1\.1 200[\s\S]*\/2/);
  });

  it('hands what is unusual to the other path, as without TLS', async () => {
    await applyShop();
    const server = new WebSocketServer({ server: blue.server });
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(`heard ${data}`)));
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false });
    await once(socket, 'open');
    socket.send('one');
    expect(String((await once(socket, 'message'))[0])).toBe('heard one');
    socket.terminate();
    server.close();
    const chunked = await get('/', { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    expect(chunked.status).toBe(200);
    expect((await get('/', { headers: { host: 'a/b' } })).status).toBe(400);
  });

  it('sends requests on another port to https, whatever the method', async () => {
    const plain = await freePort();
    const listen = { ...stage.secure(['shop'], 'shop.test'), redirect: plain };
    await running.router.apply(routing(port, [blue], { listen }));
    const url = `http://127.0.0.1:${plain}/a/b?c=%20d`;
    for (const method of ['GET', 'HEAD', 'POST']) {
      const answer = await ask(url, { method, headers: { host: `shop.test:${plain}` } });
      expect(answer.status).toBe(308);
      expect(answer.headers.location).toBe(`https://shop.test:${port}/a/b?c=%20d`);
    }
    expect((await ask(url, { headers: { host: 'other.test' } })).status).toBe(404);
    expect((await ask(url, { headers: { host: 'shop.test/evil' } })).status).toBe(400);
    expect((await ask(url, { headers: { host: 'shop.test@evil.test' } })).status).toBe(400);
    expect(blue.requests).toEqual([]);
  });

  it('closes connections whose handshake does not come', async () => {
    const quick = await tlsStage(fastPath, { head: 200 });
    await quick.applyShop();
    const silent = connectPlainly(quick.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'close');
    await quick.close();
  });
});
