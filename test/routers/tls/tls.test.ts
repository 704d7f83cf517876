/** TLS at the front: which certificate, which versions, resumption, reload, and HTTP/1.1 through it on both paths. */
import { once } from 'node:events';
import { chmod, rm, unlink, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type MadeCertificate, makeCertificate } from '../../support/make-certificate.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { ask, type Backend, backend, eventually, freePort, routing, runningRouter } from '../support.ts';

const NAVIGATION = { 'sec-fetch-mode': 'navigate' };

describe.each([
  ['the fast path', true],
  ["node's own server", false],
])('TLS, %s', (_name, fastPath) => {
  let running: InProcessRouter;
  let blue: Backend;
  let port: number;
  let shop: MadeCertificate;

  beforeEach(async () => {
    [running, blue, port] = await Promise.all([
      inProcessRouter({ fastPath, reloadEvery: 20 }),
      backend('blue'),
      freePort(),
    ]);
    shop = makeCertificate(['shop.test', '*.shop.test']);
    await files('shop', shop);
  });
  afterEach(async () => {
    await running.close();
    await blue.close();
  });

  const pathsOf = (name: string) => ({
    cert: join(running.folder, `${name}.pem`),
    key: join(running.folder, `${name}.key`),
  });
  async function files(name: string, { cert, key }: MadeCertificate) {
    const paths = pathsOf(name);
    await Promise.all([writeFile(paths.cert, cert), writeFile(paths.key, key)]);
    return paths;
  }
  const secure = (names: string[], host: string | null = null) => ({
    port,
    address: '127.0.0.1',
    host,
    path: '/',
    tls: { certificates: names.map(pathsOf) },
  });
  const applyShop = (names = ['shop']) =>
    running.router.apply(routing(port, [blue], { listen: secure(names) }));

  async function handshake(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return socket;
  }
  const subject = async (options: ConnectionOptions = {}) => {
    const socket = await handshake(options);
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };

  async function get(path = '/', options: RequestOptions = {}, body?: Buffer) {
    const req = request({
      ...{ port, host: '127.0.0.1', path, servername: 'shop.test', ca: shop.cert, agent: false },
      ...options,
    }).end(body);
    const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
    return {
      status: res.statusCode,
      headers: res.headers,
      body: Buffer.concat(await res.toArray()).toString(),
    };
  }

  it('serves HTTP/1.1, says so to the instance, and marks its cookie Secure', async () => {
    await applyShop();
    await running.router.apply(
      routing(port, [blue], { listen: secure(['shop']), identify: { kind: 'auto' } }),
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

  it('picks the certificate by name, exact before wildcard, the first for everybody else', async () => {
    await files('first', makeCertificate(['first.test']));
    await files('exact', makeCertificate(['api.shop.test']));
    await applyShop(['first', 'shop', 'exact']);
    expect(await subject({ servername: 'api.shop.test' })).toBe('api.shop.test');
    expect(await subject({ servername: 'WWW.shop.test' })).toBe('shop.test');
    expect(await subject({ servername: 'unknown.test' })).toBe('first.test');
    expect(await subject()).toBe('first.test');
  });

  it('shares one listener among services with certificates of their own', async () => {
    const other = await backend('other');
    await files('blog', makeCertificate(['blog.test']));
    await running.router.apply(routing(port, [blue], { listen: secure(['shop'], 'shop.test') }));
    await running.router.apply(
      routing(port, [other], { service: 'blog', listen: secure(['blog'], 'blog.test') }),
    );
    expect(await subject({ servername: 'blog.test' })).toBe('blog.test');
    expect((await get('/', { headers: { host: 'shop.test' } })).body).toBe('blue');
    expect((await get('/', { headers: { host: `blog.test:${port}` } })).body).toBe('other');
    await running.router.remove('shop');
    expect(await subject({ servername: 'shop.test' })).toBe('blog.test');
    await other.close();
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

  it('takes up a changed certificate and keeps the connections that there are', async () => {
    await applyShop();
    const kept = await handshake();
    kept.write('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(kept, 'data');
    await files('shop', makeCertificate(['new.test']));
    await eventually('the new one is shown', async () => (await subject()) === 'new.test');
    await eventually('also by name', async () => (await subject({ servername: 'x.test' })) === 'new.test');
    kept.write('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n');
    const [answer] = (await once(kept, 'data')) as [Buffer];
    expect(answer.toString()).toContain('200 OK');
    kept.destroy();
  });

  it('keeps the old certificate while the new files are of no use, and says so', async () => {
    await applyShop();
    const { cert, key } = pathsOf('shop');
    const warning = () => running.router.observe('shop')?.warning ?? '';
    await writeFile(key, makeCertificate(['other.test']).key);
    await eventually('it is said', () => warning().includes('does not belong'));
    expect(warning()).toContain('still in use');
    expect((await get()).status).toBe(200);
    await writeFile(cert, 'rubbish');
    await eventually('it is said', () => warning().includes('no certificate in PEM'));
    await unlink(cert);
    await eventually('it is said', () => warning().includes('cannot be read'));
    expect((await get()).status).toBe(200);
    expect(running.router.observe('shop')?.problem).toBeNull();
    await files('shop', shop);
    await eventually('it is over', () => warning() === '');
  });

  it('says when a certificate ends soon or has ended', async () => {
    await files('shop', makeCertificate(['shop.test'], 3 * 86_400_000));
    await applyShop();
    expect(running.router.observe('shop')?.warning).toMatch(/shop\.pem expires on \d{4}-/);
    await files('shop', makeCertificate(['shop.test'], -86_400_000));
    await applyShop();
    expect(running.router.observe('shop')?.warning).toMatch(/shop\.pem expired on \d{4}-/);
  });

  it('keeps a good certificate where the new one has expired, until a good one comes', async () => {
    await applyShop();
    await files('shop', makeCertificate(['expired.test'], -86_400_000));
    const warning = () => running.router.observe('shop')?.warning ?? '';
    await eventually('it is said', () => warning().includes('expired on'));
    expect(warning()).toMatch(
      /shop\.pem expired on \d{4}-\d\d-\d\d\. The certificate before it is still in use\.$/,
    );
    await applyShop();
    expect(await subject()).toBe('shop.test');
    expect((await get()).status).toBe(200);
    await files('shop', makeCertificate(['new.test']));
    await eventually('the good one is shown', async () => (await subject()) === 'new.test');
    expect(warning()).toBe('');
  });

  it('shows one that has expired where there is no better one, and says so', async () => {
    await files('shop', makeCertificate(['old.test'], -2 * 86_400_000));
    await applyShop();
    expect(await subject()).toBe('old.test');
    await files('shop', makeCertificate(['newer.test'], -86_400_000));
    await applyShop();
    expect(await subject()).toBe('newer.test');
    expect(running.router.observe('shop')).toMatchObject({
      problem: null,
      warning: expect.stringMatching(/shop\.pem expired on \d{4}-\d\d-\d\d\.$/),
    });
  });

  it('has a problem where no certificate was ever good, and recovers by itself', async () => {
    await applyShop(['nowhere']);
    expect(running.router.observe('shop')?.problem).toMatch(
      /nowhere\.pem cannot be read: There is no such file/,
    );
    await expect(handshake()).rejects.toThrow();
    await files('nowhere', shop);
    await chmod(pathsOf('nowhere').key, 0o600);
    await eventually('it is over', () => running.router.observe('shop')?.problem === null);
    expect((await get()).status).toBe(200);
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
    const listen = { ...secure(['shop'], 'shop.test'), redirect: plain };
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
    await running.close();
    running = await inProcessRouter({ fastPath, limits: { head: 200 } });
    await files('shop', shop);
    await applyShop();
    const { connect: plain } = await import('node:net');
    const silent = plain(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'close');
  });
});

describe('TLS with two workers', () => {
  it('has each of them take up changed files, and resumes at one what began at the other', async () => {
    const [running, blue, port] = await Promise.all([runningRouter(2), backend('blue'), freePort()]);
    try {
      const files = { cert: join(running.home.root, 'shop.pem'), key: join(running.home.root, 'shop.key') };
      const write = async (name: string) => {
        const { cert, key } = makeCertificate([name]);
        await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
      };
      await write('old.test');
      const listen = { port, address: '127.0.0.1', host: null, path: '/', tls: { certificates: [files] } };
      await running.router.apply(routing(port, [blue], { listen }));
      const visit = async (session?: Buffer) => {
        const at = { port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'old.test' };
        const socket = connect(session === undefined ? at : { ...at, session });
        // A session that is resumed brings no new ticket.
        const tickets: Buffer[] = [];
        socket.on('session', (ticket: Buffer) => tickets.push(ticket));
        socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        const resumed = socket.isSessionReused();
        const CN = socket.getPeerCertificate().subject?.CN;
        socket.destroy();
        return { ticket: tickets[0], resumed, CN, status: chunk.toString('latin1', 9, 12) };
      };
      const first = await visit();
      for (let turn = 0; turn < 12; turn += 1) {
        expect(await visit(first.ticket)).toMatchObject({ resumed: true, status: '200' });
      }
      await write('new.test');
      await running.router.apply(routing(port, [blue], { listen }));
      for (let turn = 0; turn < 12; turn += 1) expect((await visit()).CN).toBe('new.test');
      await rm(files.key);
      await running.router.apply(routing(port, [blue], { listen }));
      expect((await running.observed('shop')).warning).toContain('still in use');
    } finally {
      await running.close();
      await blue.close();
    }
  });
});
