/** HTTP/2 through the router, by node's own client, with real servers behind it. */
import { once } from 'node:events';
import { type ClientHttp2Session, constants, type IncomingHttpHeaders } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf } from '../support/http2-answer.ts';
import type { SecureRouter } from '../support/secure-router.ts';
import { type Backend, backend, eventually } from '../support.ts';
import { type Http2Stage, http2Stage } from './http2-stage.ts';

describe('HTTP/2 through the router', () => {
  let stage: Http2Stage;
  let running: SecureRouter;
  let blue: Backend;
  let client: ClientHttp2Session;

  beforeEach(async () => {
    stage = await http2Stage();
    ({ running, blue, client } = stage);
  });
  afterEach(() => stage.close());
  const ask: Http2Stage['ask'] = (headers, body) => stage.ask(headers, body);
  const inFlight = () => stage.inFlight();

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
    expect(answer.bytes.length).toBe(body.length);
    expect(answer.trailers['x-sum']).toBe(String(body.length));
    expect(trailers).toEqual([{ 'x-last': 'yes' }]);
    expect(blue.requests[0]!.headers['transfer-encoding']).toBe('chunked');
    const sized = await ask({ ':method': 'PUT', 'content-length': body.length }, body);
    expect(sized.bytes.length).toBe(body.length);
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
    const [early] = (await once(stream, 'headers')) as [IncomingHttpHeaders];
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
});
