/** What the router refuses before an instance sees it, on both transports. */

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS, type HttpSpec, type RequestLimits } from '../../../src/core/service/http-spec.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { LIMITS } from '../../../src/routers/embedded/visit/limits.ts';
import { createLogger } from '../../../src/system/log.ts';
import { ask, askRaw, type Backend, backend, eventually, freePort, routing } from '../support.ts';

const with_ = (limits: Partial<RequestLimits>, http: Partial<HttpSpec> = {}): { http: HttpSpec } => ({
  http: { ...HTTP_DEFAULTS, ...http, limits: { ...HTTP_DEFAULTS.limits, ...limits } },
});

describe.each([
  ['fast path', true],
  ["node's server", false],
])('limits of requests, %s', (_, fastPath) => {
  let folder: string;
  let router: EmbeddedRouter;
  let blue: Backend;
  let port: number;
  let url: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-limits-'));
    const limits = { ...LIMITS, sendIdle: 400, keepAlive: 5_000 };
    router = await startEmbeddedRouter(folder, createLogger('test', 'silent'), { limits, fastPath });
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

  const apply = (limits: Partial<RequestLimits>, http: Partial<HttpSpec> = {}) =>
    router.apply(routing(port, [blue], with_(limits, http)));
  const connections = async () => {
    const families = await router.metrics();
    return families.find(({ name }) => name === 'teal_router_connections')?.samples[0]?.value;
  };
  const outcomes = (outcome: 'timed-out' | 'gone' | '4xx' | '2xx') =>
    router.traffic(0).reduce((sum, block) => sum + block.requests[outcome], 0);

  it('a head that is too large, too many lines, a target that is too long', async () => {
    await apply({ headerSize: 1024, headerLines: 8, url: 32 });
    const request = (target: string, lines: string) =>
      askRaw(port, `GET ${target} HTTP/1.1\r\nHost: h\r\n${lines}Connection: close\r\n\r\n`);
    expect(await request('/', `X: ${'y'.repeat(900)}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await request('/', `X: ${'y'.repeat(1100)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await request('/', 'X: y\r\n'.repeat(6))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await request('/', 'X: y\r\n'.repeat(7))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await request(`/${'y'.repeat(31)}`, '')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await request(`/${'y'.repeat(32)}`, '')).toMatch(/^HTTP\/1\.1 414 /);
    expect(blue.requests.length).toBe(3);
  });

  it('a head beyond what any service may allow: 431', async () => {
    await apply({ headerSize: 65_536 });
    const lines = `X: ${'y'.repeat(4_000)}\r\n`;
    const answer = await askRaw(port, `GET / HTTP/1.1\r\nHost: h\r\n${lines.repeat(17)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(blue.requests).toEqual([]);
  });

  it('a body that is too large by its length: 413, and the instance sees nothing of it', async () => {
    await apply({ body: 10 });
    expect((await ask(url, { method: 'POST', body: 'y'.repeat(10) })).status).toBe(200);
    expect((await ask(url, { method: 'POST', body: 'y'.repeat(11) })).status).toBe(413);
    expect(blue.requests.length).toBe(1);
  });

  it('a body of chunks that grows too large: 413, and the instance never has it whole', async () => {
    await apply({ body: 10 });
    let whole = 0;
    blue.handle = (req, res) => {
      req.on('error', () => undefined);
      req.resume().on('end', () => {
        whole += 1;
        res.end();
      });
    };
    const head = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    expect(await askRaw(port, `${head}5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(port, `${head}5\r\nhello\r\n6\r\nhello!\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(whole).toBe(1);
    await eventually('it is let go', () => router.observe('shop')?.inFlight.blue === 0);
    await eventually('nobody is hurt', () => outcomes('4xx') === 1);
  });

  it('the time of a request: 504 without an answer, cut off in the middle of one', async () => {
    await apply({ time: 500 });
    blue.handle = (req, res) => void (req.url === '/begun' && res.write('begun'));
    expect((await ask(url)).status).toBe(504);
    await expect(ask(`${url}begun`)).rejects.toThrow();
    await eventually('both are counted', () => outcomes('timed-out') === 2);
    expect(router.observe('shop')?.inFlight.blue).toBe(0);
  });

  it('the time of a request: 408 where the client takes it for the body', async () => {
    await apply({ time: 500 });
    blue.handle = (req) => void req.resume();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n');
    const trickle = setInterval(() => socket.write('y'), 50);
    socket.on('error', () => undefined);
    const [answer] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
    clearInterval(trickle);
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await eventually('it is counted', () => outcomes('gone') === 1);
  });

  it('an event stream is free of it', async () => {
    await apply({ time: 300 });
    blue.handle = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: one\n\n');
      setTimeout(() => res.end('data: two\n\n'), 1_500);
    };
    expect((await ask(url)).body).toBe('data: one\n\ndata: two\n\n');
  });

  it('the last request of a connection is told so', async () => {
    await apply({ requests: 2 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const last: boolean[] = [];
    for (let i = 0; i < 4; i += 1) last.push((await ask(url, { agent })).headers.connection === 'close');
    agent.destroy();
    expect(last).toEqual([false, true, false, true]);
  });

  it('a client that does not read its answer is let go, and the instance with it', async () => {
    blue.handle = (_req, res) => void res.end(Buffer.alloc(32 * 1024 * 1024));
    const socket = await silent(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await eventually('it is under way', () => router.observe('shop')?.inFlight.blue === 1);
    await eventually('it is let go', () => outcomes('gone') === 1);
    expect(router.observe('shop')?.inFlight.blue).toBe(0);
    socket.destroy();
  });

  it('a client that reads slowly gets all of it', async () => {
    const size = 4 * 1024 * 1024;
    blue.handle = (_req, res) => void res.end(Buffer.alloc(size));
    const socket = await silent(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    let length = 0;
    let ended = false;
    socket.on('end', () => {
      ended = true;
    });
    const reading = setInterval(() => {
      const chunk = socket.read(Math.min(socket.readableLength, 131_072)) as Buffer | null;
      length += chunk?.length ?? 0;
    }, 20);
    await eventually('it has it all', () => length > size);
    await eventually('it ends', () => ended || socket.read() === null);
    clearInterval(reading);
    socket.destroy();
  });

  it('a client that asks without reading has its answers waiting at the instance, not in memory', async () => {
    const size = 1024 * 1024;
    blue.handle = (_req, res) => void res.end(Buffer.alloc(size));
    const before = process.memoryUsage();
    const socket = await silent(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(1_000));
    // In the middle of an answer, which then counts as gone, or between two.
    await eventually('it is let go', async () => (await connections()) === 0);
    expect(blue.requests.length).toBeLessThan(100);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(100 * size);
    socket.destroy();
  });

  it('a trace begins here, or goes on as it came', async () => {
    const seen = () => {
      const { traceparent, tracestate } = blue.requests.at(-1)!.headers;
      return { traceparent, tracestate };
    };
    const made = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;
    await apply({}, { trace: true });
    await ask(url);
    const first = seen().traceparent;
    expect(first).toMatch(made);
    await ask(url);
    expect(seen().traceparent).toMatch(made);
    expect(seen().traceparent).not.toBe(first);
    const given = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
      tracestate: 'a=1',
    };
    await ask(url, { headers: given });
    expect(seen()).toEqual(given);
    await ask(url, {
      headers: { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, tracestate: 'a=1' },
    });
    expect(seen()).toEqual({ traceparent: expect.stringMatching(made) as string, tracestate: undefined });
    await apply({}, { trace: false });
    await ask(url);
    expect(seen()).toEqual({ traceparent: undefined, tracestate: undefined });
    await ask(url, { headers: { traceparent: 'odd', tracestate: 'a=1' } });
    expect(seen()).toEqual({ traceparent: 'odd', tracestate: 'a=1' });
  });

  it('Via in both directions where it is asked for, behind what is there', async () => {
    blue.handle = (_req, res) => void res.setHeader('via', '1.1 inner').end();
    const via = async () => {
      const { headers } = await ask(url, { headers: { via: '1.1 outer' } });
      return [blue.requests.at(-1)!.headers.via, headers.via];
    };
    expect(await via()).toEqual(['1.1 outer', '1.1 inner']);
    await apply({}, { via: true });
    expect(await via()).toEqual(['1.1 outer, 1.1 teal', '1.1 inner, 1.1 teal']);
  });

  it('own answers: HTML, JSON or text, and a page of the service', async () => {
    const page = join(folder, 'page.html');
    await writeFile(page, '<h1>{{status}} {{reason}}</h1><p>{{message}}</p><i>{{request}}</i>{{other}}');
    await router.apply(routing(port, [], { outage: 'Not <b>here</b>', ...with_({}, { errorPage: page }) }));
    const asked = (accept: string) => ask(url, { headers: { accept, 'x-request-id': 'r-1' } });
    const html = await asked('text/html,application/json;q=.9,*/*;q=.8');
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.body).toBe(
      '<h1>503 Service Unavailable</h1><p>Not &#60;b&#62;here&#60;/b&#62;</p><i>r-1</i>{{other}}',
    );
    expect(JSON.parse((await asked('application/json')).body)).toEqual({
      error: { status: 503, message: 'Not <b>here</b>', request: 'r-1' },
    });
    expect((await asked('*/*')).body).toBe('503 Service Unavailable: Not <b>here</b>\n');
  });

  it('a page that cannot be read, or is too large, is replaced by a plain one', async () => {
    const large = join(folder, 'large.html');
    await writeFile(large, 'y'.repeat(70_000));
    for (const errorPage of [join(folder, 'absent.html'), large]) {
      await router.apply(routing(port, [], { outage: 'Away', ...with_({}, { errorPage }) }));
      const { body } = await ask(url, { headers: { accept: 'text/html' } });
      expect(body).toContain('<h1>503 Service Unavailable</h1>');
      expect(body).toContain('<p>Away</p>');
    }
  });
});

/** A client that sends this and reads nothing. */
async function silent(port: number, text: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.pause();
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}
