/** Readiness of instances that speak HTTP/2 without TLS. */
import { once } from 'node:events';
import { createServer as createHttp1 } from 'node:http';
import { createServer, type Http2Server } from 'node:http2';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probe } from '../../src/platforms/process/probe.ts';

describe('a probe by h2c', () => {
  let server: Http2Server;
  let status = 200;

  beforeEach(async () => {
    server = createServer((req, res) => {
      res.writeHead(req.url === '/healthz' && req.headers['user-agent'] === 'teal-probe' ? status : 404);
      res.end('not yet');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const look = (port: number, timeout = 5_000, signal = new AbortController().signal) => {
    const ready = { kind: 'http', method: 'GET', path: '/healthz', protocol: 'h2c' } as const;
    const target = { port, cwd: '/', user: null, env: async () => ({}) };
    return probe(ready, target, timeout, signal);
  };
  const portOf = (of: { address(): unknown }) => (of.address() as AddressInfo).port;

  it('says what came of it', async () => {
    status = 204;
    expect(await look(portOf(server))).toEqual({ ok: true, detail: 'GET /healthz by h2c: 204' });
    status = 503;
    expect(await look(portOf(server))).toEqual({ ok: false, detail: 'GET /healthz by h2c: 503, "not yet"' });
  });

  it('fails where nobody listens, where HTTP/1.1 is spoken, and where nothing is said', async () => {
    const old = createHttp1((_req, res) => res.end('ok')).listen(0, '127.0.0.1');
    const mute = createTcp((socket) => void socket.on('error', () => undefined).resume()).listen(
      0,
      '127.0.0.1',
    );
    await Promise.all([once(old, 'listening'), once(mute, 'listening')]);
    const gone = createTcp().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const port = portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    expect(await look(port)).toEqual({ ok: false, detail: 'GET /healthz by h2c: ECONNREFUSED' });
    expect((await look(portOf(old))).ok).toBe(false);
    expect(await look(portOf(mute), 100)).toEqual({
      ok: false,
      detail: 'GET /healthz by h2c: no answer within 100 ms',
    });
    const stop = new AbortController();
    const stopped = look(portOf(mute), 5_000, stop.signal);
    stop.abort();
    expect(await stopped).toEqual({ ok: false, detail: 'GET /healthz by h2c: stopped' });
    for (const one of [old, mute]) one.close();
  });
});
