/** What of an answer is its instance's and its client's business alone: it passes as it is, whatever the client speaks. */
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, backend } from '../support.ts';

const LONG_AGO = 'Sun, 06 Nov 1994 08:49:37 GMT';

interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe.each([
  ['fast path', true, 'http/1.1'],
  ["node's own server", false, 'http/1.1'],
  ['HTTP/2', true, 'h2'],
] as const)('an answer, %s', (_name, fastPath, protocol) => {
  let running: SecureRouter;
  let instance: Backend;

  beforeAll(async () => {
    running = await secureRouter({ fastPath });
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    instance = await backend('blue');
    await running.lead([instance.port]);
  });
  afterEach(() => instance.close());

  const ask = (headers: Record<string, string>): Promise<Heard> =>
    protocol === 'h2' ? askHttp2(headers) : askHttp1(headers);

  async function askHttp1(headers: Record<string, string>): Promise<Heard> {
    const out = request(`https://localhost:${running.port}/film`, { ca: running.ca, headers, agent: false });
    const [res] = (await once(out.end(), 'response')) as [IncomingMessage];
    return { status: res.statusCode ?? 0, headers: res.headers, body: await text(res) };
  }

  async function askHttp2(asked: Record<string, string>): Promise<Heard> {
    const client = connect(`https://localhost:${running.port}`, { ca: running.ca });
    const stream = client.request({ ':path': '/film', ...asked });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    const body = await text(stream);
    client.close();
    return { status: Number(headers[':status']), headers, body };
  }

  it('to a request for a part of it', async () => {
    instance.handle = (req, res) => {
      const part = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '');
      if (part === null || req.headers['if-range'] !== '"v1"') return void res.end('all of it');
      const [from, to] = [Number(part[1]), Number(part[2])];
      res.writeHead(206, {
        'content-range': `bytes ${from}-${to}/9`,
        etag: '"v1"',
        'accept-ranges': 'bytes',
      });
      res.end('all of it'.slice(from, to + 1));
    };
    const { status, headers, body } = await ask({ range: 'bytes=4-5', 'if-range': '"v1"' });
    expect([status, body]).toEqual([206, 'of']);
    expect(headers['content-range']).toBe('bytes 4-5/9');
    expect(headers.etag).toBe('"v1"');
    expect(headers['accept-ranges']).toBe('bytes');
  });

  it('to a request for what may not have changed, and one in a coding', async () => {
    instance.handle = (req, res) => {
      if (req.headers['if-none-match'] === '"v1"') return void res.writeHead(304, { etag: '"v1"' }).end();
      res.writeHead(200, { 'content-encoding': req.headers['accept-encoding'], vary: 'accept-encoding' });
      res.end('packed');
    };
    expect(await ask({ 'if-none-match': '"v1"' })).toMatchObject({ status: 304, body: '' });
    const { headers, body } = await ask({ 'accept-encoding': 'br' });
    expect([headers['content-encoding'], headers.vary, body]).toEqual(['br', 'accept-encoding', 'packed']);
  });

  it('has the Date of its instance, and one of the router where that says none', async () => {
    instance.handle = (_req, res) => {
      res.setHeader('date', LONG_AGO);
      res.end();
    };
    expect((await ask({})).headers.date).toBe(LONG_AGO);
    instance.handle = (_req, res) => {
      res.sendDate = false;
      res.end();
    };
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    const said = Date.parse((await ask({})).headers.date ?? '');
    expect(said).toBeGreaterThanOrEqual(before);
    expect(said).toBeLessThanOrEqual(Date.now());
  });
});
