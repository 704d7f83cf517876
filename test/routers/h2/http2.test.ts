/** HTTP/2 through the router, by node's own client, with real servers behind it. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, backend, eventually } from '../support.ts';

type Headers = Record<string, string | string[] | number>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly trailers: Headers;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const trailers: Headers[] = [];
  stream.on('trailers', (lines) => trailers.push(lines as Headers));
  const [headers] = (await once(stream, 'response')) as [Headers];
  const body = Buffer.concat(await stream.toArray()).toString();
  return { status: Number(headers[':status']), headers, body, trailers: trailers[0] ?? {} };
}

describe('HTTP/2 through the router', () => {
  let running: SecureRouter;
  let blue: Backend;
  let client: ClientHttp2Session;

  const open = async (): Promise<ClientHttp2Session> => {
    const session = connect(`https://localhost:${running.port}`, { ca: running.ca });
    session.on('error', () => undefined);
    await once(session, 'connect');
    return session;
  };
  beforeEach(async () => {
    [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
    await running.lead([blue.port]);
    client = await open();
  });
  afterEach(async () => {
    client.destroy();
    await running.close();
    await blue.close();
  });

  const ask = (headers: OutgoingHttpHeaders = {}, body?: Buffer | string) => {
    const stream = client.request({ ':path': '/', ...headers }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    return answerOf(stream);
  };
  const inFlight = () => running.router.observe('shop')?.inFlight.blue;

  it('is chosen by ALPN, and says to instances what HTTP/1.1 would', async () => {
    expect(client.alpnProtocol).toBe('h2');
    blue.handle = (_req, res) => {
      const lines = [
        'X-Case',
        'a',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'Connection',
        'X-Hop',
        'X-Hop',
        '1',
      ];
      res.writeHead(201, lines);
      res.end('made');
    };
    const answer = await ask({
      ':path': '/p?q=1',
      cookie: ['teal_id=x.y', 'a=1', 'b=2'],
      'x-own': 'v',
      te: 'trailers',
    });
    expect(answer).toMatchObject({
      status: 201,
      body: 'made',
      headers: { 'x-case': 'a', 'set-cookie': ['a=1', 'b=2'] },
    });
    expect(answer.headers).not.toHaveProperty('x-hop');
    const { url, headers } = blue.requests[0]!;
    expect(url).toBe('/p?q=1');
    expect(headers).toMatchObject({
      ...{
        host: `localhost:${running.port}`,
        cookie: 'a=1; b=2',
        'x-own': 'v',
        'x-forwarded-proto': 'https',
      },
      ...{ 'x-forwarded-host': `localhost:${running.port}` },
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(headers).not.toHaveProperty('te');
  });

  it('keeps clients where they are, and gives browsers a cookie for https alone', async () => {
    await running.lead([blue.port], { identify: { kind: 'auto' } });
    const { headers } = await ask({ 'sec-fetch-mode': 'navigate' });
    const [cookie] = headers['set-cookie'] as string[];
    expect(cookie).toMatch(/; Secure$/);
    const again = await ask({ 'sec-fetch-mode': 'navigate', cookie: cookie!.split(';')[0] });
    expect(again.headers).not.toHaveProperty('set-cookie');
  });

  it('streams bodies both ways, with and without a length, and trailers both ways', async () => {
    const trailers: unknown[] = [];
    blue.handle = (req, res) => {
      res.writeHead(200, { trailer: 'x-sum' });
      let sum = 0;
      req.on('data', (chunk: Buffer) => {
        sum += chunk.length;
        res.write(chunk);
      });
      req.on('end', () => {
        trailers.push({ ...req.trailers });
        res.addTrailers({ 'x-sum': String(sum) });
        res.end();
      });
    };
    const body = Buffer.alloc(3_000_000, 'teal');
    const stream = client.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-last': 'yes', 'x-request-id': 'other' }));
    stream.end(body);
    const answer = await answerOf(stream);
    expect(answer.body.length).toBe(body.length);
    expect(answer.trailers['x-sum']).toBe(String(body.length));
    expect(trailers).toEqual([{ 'x-last': 'yes' }]);
    expect(blue.requests[0]!.headers['transfer-encoding']).toBe('chunked');
    const sized = await ask({ ':method': 'PUT', 'content-length': body.length }, body);
    expect(sized.body.length).toBe(body.length);
    expect(blue.requests[1]!.headers['content-length']).toBe(String(body.length));
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('serves many streams of one connection at the same time', async () => {
    blue.handle = (req, res) => setTimeout(() => res.end(req.url), Math.random() * 20);
    const answers = await Promise.all(Array.from({ length: 90 }, (_, i) => ask({ ':path': `/${i}` })));
    expect(answers.map(({ body }) => body)).toEqual(answers.map((_, i) => `/${i}`));
  });

  it('holds an instance back while the client does not read', async () => {
    let written = 0;
    blue.handle = (_req, res) => {
      const more = () => {
        while (written < 50_000_000) {
          written += 65_536;
          if (!res.write(Buffer.alloc(65_536))) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    };
    const stream = client.request({ ':path': '/' });
    await once(stream, 'response');
    let before = -1;
    await eventually('the instance waits', async () => {
      const still = written > 0 && written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(written).toBeLessThan(20_000_000);
    let size = 0;
    for await (const chunk of stream) size += (chunk as Buffer).length;
    expect(size).toBe(written);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s %i has no body', async (method, status) => {
    blue.handle = (_req, res) => {
      res.writeHead(status, status === 204 ? {} : { 'content-length': '5', etag: '"e"' });
      res.end();
    };
    const answer = await ask({ ':method': method });
    expect(answer).toMatchObject({ status, body: '' });
    expect(answer.headers['content-length']).toBe(status === 204 ? undefined : '5');
    expect((await ask({ ':method': method })).status).toBe(status);
  });

  it('passes 103 on, and answers 100-continue itself', async () => {
    blue.handle = (req, res) => {
      res.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.js>; rel=preload'] });
      req.resume().on('end', () => res.end('late'));
    };
    const stream = client.request({ ':path': '/' });
    const [early] = (await once(stream, 'headers')) as [Headers];
    expect(early).toMatchObject({ ':status': 103, link: '</a.css>; rel=preload, </b.js>; rel=preload' });
    expect((await answerOf(stream)).body).toBe('late');
    const waiting = client.request({ ':path': '/', ':method': 'POST', expect: '100-continue' });
    await once(waiting, 'continue');
    waiting.end('now');
    expect((await answerOf(waiting)).body).toBe('late');
  });

  it('passes answers without a length on until the instance closes', async () => {
    blue.handle = (req) => req.socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
    expect(await ask()).toMatchObject({ status: 200, body: 'until the end' });
  });

  it('lets the client see that an answer was cut off', async () => {
    blue.handle = (_req, res) => {
      res.writeHead(200, { 'content-length': 100 });
      res.write('half');
      setTimeout(() => res.socket?.destroy(), 20);
    };
    const stream = client.request({ ':path': '/' });
    await once(stream, 'response');
    stream.resume();
    const [error] = (await once(stream, 'error')) as [Error];
    expect(error.message).toContain('INTERNAL_ERROR');
    await eventually('it is counted', async () =>
      running.router.traffic(0).some((block) => block.requests['cut-off'] === 1),
    );
  });

  it('tries another instance where none is reached, answers 502 and 503 where there is none', async () => {
    const gone = await backend('gone');
    await gone.close();
    await running.lead([gone.port, blue.port]);
    for (let i = 0; i < 10; i += 1) expect((await ask({ ':method': 'POST' }, 'x')).status).toBe(200);
    await running.lead([], { hold: 0 });
    const none = await ask({ accept: 'application/json' });
    expect(none.status).toBe(503);
    expect(JSON.parse(none.body)).toMatchObject({ error: { status: 503 } });
    blue.handle = (req) => req.socket.destroy();
    await running.lead([blue.port], { releases: { blue: 'r2', green: null } });
    expect((await ask({ ':method': 'POST' }, 'x')).status).toBe(502);
  });

  it('waits for an instance as long as the service holds requests', async () => {
    await running.lead([], { hold: 5_000 });
    const answer = ask();
    await eventually('it waits', () => running.router.observe('shop') !== null);
    await running.lead([blue.port], { hold: 5_000 });
    expect((await answer).status).toBe(200);
  });

  it('lets the instance know when the client cancels', async () => {
    let left = false;
    blue.handle = (_req, res) => {
      res.on('close', () => {
        left = true;
      });
      res.write('some');
    };
    const stream = client.request({ ':path': '/' });
    await once(stream, 'response');
    expect(inFlight()).toBe(1);
    stream.close(constants.NGHTTP2_CANCEL);
    await eventually('the instance sees it', () => left);
    await eventually('it is no longer in flight', () => inFlight() === 0);
  });

  it('stops an upload that nobody reads once the answer is whole', async () => {
    blue.handle = (_req, res) => res.writeHead(413, { 'content-length': 3 }).end('no!');
    const stream = client.request({ ':path': '/', ':method': 'POST' });
    stream.write('the beginning');
    expect((await answerOf(stream)).status).toBe(413);
    await eventually('the stream is closed', () => stream.closed);
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('refuses what the service does not take', async () => {
    const limits = { ...HTTP_DEFAULTS.limits, headerSize: 2_000, headerLines: 20, url: 200, body: 1_000 };
    await running.lead([blue.port], { http: { ...HTTP_DEFAULTS, limits } });
    const post = { ':method': 'POST' };
    expect((await ask({ ':path': `/${'x'.repeat(200)}` })).status).toBe(414);
    expect((await ask({ 'x-large': 'x'.repeat(2_000) })).status).toBe(431);
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, '1']));
    expect((await ask(many)).status).toBe(431);
    expect((await ask({ ...post, 'content-length': 1_001 }, 'x'.repeat(1_001))).status).toBe(413);
    expect(blue.requests).toEqual([]);
    expect((await ask(post, 'x'.repeat(1_001))).status).toBe(413);
    expect((await ask(post, 'x'.repeat(1_000))).status).toBe(200);
  });

  it('ends answers that take longer than the service allows, but no event streams', async () => {
    const limits = { ...HTTP_DEFAULTS.limits, time: 200 };
    const quick = await secureRouter({ limits: { connect: 1_000 } });
    await quick.lead([blue.port], { http: { ...HTTP_DEFAULTS, limits } });
    const session = connect(`https://localhost:${quick.port}`, { ca: quick.ca });
    blue.handle = (req, res) => {
      if (req.url === '/silent') return;
      res.writeHead(200, { 'content-type': req.url === '/events' ? 'text/event-stream' : 'text/plain' });
      res.write('some');
      if (req.url === '/events') setTimeout(() => res.end('more'), 600);
    };
    expect((await answerOf(session.request({ ':path': '/silent' }))).status).toBe(504);
    await expect(answerOf(session.request({ ':path': '/slow' }))).rejects.toThrow();
    expect((await answerOf(session.request({ ':path': '/events' }))).body).toBe('somemore');
    session.destroy();
    await quick.close();
  });

  it('tells a client politely that its connection has brought as many requests as it may', async () => {
    const limits = { ...HTTP_DEFAULTS.limits, requests: 2 };
    await running.lead([blue.port], { http: { ...HTTP_DEFAULTS, limits } });
    const closed = once(client, 'close');
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
    await closed;
  });

  it('finds on the other environment what this one has not', async () => {
    const green = await backend('green');
    for (const instance of [blue, green]) {
      instance.handle = (req, res) => {
        if (req.url === `/app.${instance === blue ? '0123abcd' : '4567cdef'}.js`) res.end(`of ${req.url}`);
        else res.writeHead(404).end('own');
      };
    }
    await running.lead([blue.port], {
      releases: { blue: 'r1', green: 'r0' },
      endpoints: {
        blue: [{ host: '127.0.0.1', port: blue.port }],
        green: [{ host: '127.0.0.1', port: green.port }],
      },
      skew: { paths: 'hashed', pin: 0, standIns: ['green'] },
    });
    expect((await ask({ ':path': '/app.0123abcd.js' })).body).toBe('of /app.0123abcd.js');
    expect((await ask({ ':path': '/app.4567cdef.js' })).body).toBe('of /app.4567cdef.js');
    expect(await ask({ ':path': '/app.89abcdef.js' })).toMatchObject({ status: 404 });
    expect((await ask({ ':path': '/plain.js' })).body).toBe('own');
    await eventually('nothing is in flight', () => inFlight() === 0);
    await green.close();
  });

  it('keeps users out during maintenance', async () => {
    const maintenance = {
      message: 'Back at noon.',
      until: null,
      hold: 0,
      allow: { name: 'x-me', value: 'in' },
    };
    await running.lead([blue.port], { maintenance });
    const kept = await ask();
    expect(kept).toMatchObject({ status: 503, body: expect.stringContaining('Back at noon.') });
    expect((await ask({ 'x-me': 'in' })).status).toBe(200);
  });

  it('counts like any other request', async () => {
    await running.lead([blue.port], { epoch: 'shop-1/1' });
    blue.handle = (req, res) => res.writeHead(req.url === '/broken' ? 500 : 200).end('blue');
    for (const path of ['/', '/', '/broken']) await ask({ ':path': path, 'x-user-id': 'u' });
    await eventually('all are counted', () => {
      const blocks = running.router.traffic(0);
      const sum = (read: (block: (typeof blocks)[number]) => number) =>
        blocks.reduce((total, block) => total + read(block), 0);
      return (
        sum((block) => block.requests['2xx']) === 2 &&
        sum((block) => block.requests['5xx']) === 1 &&
        sum((block) => block.clients.hurt) === 1 &&
        sum((block) => block.bytesOut) === 12
      );
    });
  });

  it('carries WebSockets by extended CONNECT, and passes refusals on', async () => {
    const server = new WebSocketServer({ noServer: true });
    blue.server.on('upgrade', (req, socket, head) => {
      if (req.url === '/no') return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      server.handleUpgrade(req, socket, head, (web) => web.on('message', (data) => web.send(data)));
    });
    const settled = client.remoteSettings?.enableConnectProtocol ?? once(client, 'remoteSettings');
    await settled;
    const web = { ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13' };
    const stream = client.request({ ...web, ':path': '/chat' }, { endStream: false });
    const [headers] = (await once(stream, 'response')) as [Headers];
    expect(headers[':status']).toBe(200);
    expect(headers).not.toHaveProperty('sec-websocket-accept');
    // One masked text frame, "teal".
    stream.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from('teal')]));
    const [frame] = (await once(stream, 'data')) as [Buffer];
    expect(frame.subarray(2).toString()).toBe('teal');
    expect(inFlight()).toBe(1);
    stream.close();
    await eventually('the tunnel has ended', () => inFlight() === 0);
    const refused = client.request({ ...web, ':path': '/no' }, { endStream: false });
    expect(await answerOf(refused)).toMatchObject({ status: 403, body: 'no' });
    const plain = client.request({ ':method': 'CONNECT', ':authority': 'other:443' }, { endStream: false });
    expect((await answerOf(plain)).status).toBe(405);
    server.close();
  });

  it('tells both ends of a WebSocket when a drain is over', async () => {
    const server = new WebSocketServer({ server: blue.server });
    const settled = client.remoteSettings?.enableConnectProtocol ?? once(client, 'remoteSettings');
    await settled;
    const web = { ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13' };
    const stream = client.request({ ...web, ':path': '/chat' }, { endStream: false });
    await once(stream, 'response');
    // The instance's library closes at once, and the client has not answered yet.
    stream.on('error', () => undefined);
    const [peer] = [...server.clients];
    const closed = once(peer!, 'close');
    const told = once(stream, 'data');
    await running.lead([], { releases: { blue: null, green: null } });
    expect([...((await told) as [Buffer])[0]]).toEqual([0x88, 2, 1012 >> 8, 1012 & 255]);

    expect((await closed)[0]).toBe(1012);
    await eventually('the tunnel has ended', () => inFlight() === 0);
    server.close();
  });

  it('sends clients elsewhere when its listener closes, and serves what is under way', async () => {
    const held: (() => void)[] = [];
    blue.handle = (_req, res) => held.push(() => res.end('held'));
    const answer = ask();
    await eventually('it is with the instance', () => held.length === 1);
    const goaway = once(client, 'goaway');
    const closed = once(client, 'close');
    await running.router.remove('shop');
    const [code] = (await goaway) as [number];
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
    held[0]!();
    expect((await answer).body).toBe('held');
    await closed;
  });

  it('closes connections without a request after some time', async () => {
    const quick = await secureRouter({ limits: { head: 100, keepAlive: 100 } });
    await quick.lead([blue.port]);
    const session = connect(`https://localhost:${quick.port}`, { ca: quick.ca });
    await once(session, 'connect');
    await once(session, 'close');
    await quick.close();
  });
});
