import { connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { answerOf } from '../support/http2-answer.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, backend, eventually } from '../support.ts';
import { type Http2Stage, http2Stage } from './http2-stage.ts';

describe('a service by HTTP/2', () => {
  let stage: Http2Stage;
  let running: SecureRouter;
  let blue: Backend;

  beforeEach(async () => {
    stage = await http2Stage();
    ({ running, blue } = stage);
  });
  afterEach(() => stage.close());
  const ask: Http2Stage['ask'] = (headers, body) => stage.ask(headers, body);
  const inFlight = () => stage.inFlight();

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
});
