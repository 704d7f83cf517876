/** The platform and the router ask the same instances: they must agree about which of them are ready, in both protocols. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadyProbe } from '../../src/core/service/service-spec.ts';
import { probe } from '../../src/platforms/process/probe.ts';
import { probeOnce } from '../../src/routers/embedded/endpoints/probe.ts';

const TIMEOUT = 5_000;
const PROTOCOLS = ['http/1.1', 'h2c'] as const;
const READY = [200, 204, 299, 301, 399];
const NOT_READY = [400, 404, 500, 503];

const servers = new Map<(typeof PROTOCOLS)[number], Server | ReturnType<typeof createHttp2Server>>();

beforeEach(async () => {
  servers.set(
    'http/1.1',
    createServer((req, res) => {
      res.writeHead(Number(req.url!.slice(1))).end();
    }),
  );
  servers.set(
    'h2c',
    createHttp2Server((req, res) => {
      res.writeHead(Number(req.url.slice(1))).end();
    }),
  );
  for (const server of servers.values()) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});

afterEach(async () => {
  for (const server of servers.values()) await new Promise((resolve) => server.close(resolve));
});

test.each(PROTOCOLS)('a status from 200 to 399 is ready to whoever asks by %s', async (protocol) => {
  const { port } = servers.get(protocol)!.address() as AddressInfo;
  const target = { port, cwd: '/', user: null, env: async () => ({}) };
  const { signal } = new AbortController();
  for (const status of [...READY, ...NOT_READY]) {
    const asked: ReadyProbe = { kind: 'http', method: 'GET', path: `/${status}`, protocol };
    const platform = await probe(asked, target, TIMEOUT, signal);
    const router = await probeOnce({ host: '127.0.0.1', port }, asked, TIMEOUT);
    const ready = READY.includes(status);
    expect({ status, platform: platform.ok, router }).toEqual({
      status,
      platform: ready,
      router: ready ? 'ok' : 'failed',
    });
  }
});
