/** Clients that leave while their answer is due, in whichever way a connection can end. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, backend, dialPlain, dialSecure, eventually, freePort, routing } from '../support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
const UPLOAD = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab';
const CHUNKS = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n';

describe.each([
  ['fast path', true],
  ["node's own server", false],
] as const)('a client that leaves: %s', (_name, fastPath) => {
  let running: SecureRouter;
  let instance: Backend;
  let plain: number;

  beforeAll(async () => {
    running = await secureRouter({ fastPath });
    plain = await freePort();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    instance = await backend('blue');
    const blue = [{ host: '127.0.0.1', port: instance.port }];
    const change = { endpoints: { blue, green: [] }, health: { blue: null, green: null } };
    await running.lead([instance.port]);
    await running.router.apply(routing(plain, [], { ...change, service: 'plain' }));
  });
  afterEach(() => instance.close());

  const counted = (service: string, outcome: 'gone' | '2xx' | '4xx' | 'cut-off') =>
    running.router
      .traffic(0)
      .filter((block) => block.service === service)
      .reduce((sum, block) => sum + block.requests[outcome], 0);

  /** How, what it has sent, whether it may be told that it is not whole. */
  const ways: [string, string, boolean][] = [
    ['half', GET, false],
    ['half', GET + GET, false],
    ['half', UPLOAD, true],
    ['half', CHUNKS, true],
    ['whole', GET, false],
    ['whole', UPLOAD, false],
  ];

  it.each([
    ['without TLS', 'plain', dialPlain],
    ['by TLS', 'shop', dialSecure],
  ] as const)('%s: the instance is told at once, and nobody is hurt', async (_how, service, dial) => {
    for (const [how, bytes, mayBeTold] of ways) {
      const arrived = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      instance.handle = (req, res) => {
        req.on('error', () => undefined).resume();
        res.on('close', () => ended.resolve());
        arrived.resolve();
      };
      const client = dial(service === 'plain' ? plain : running.port);
      let told = '';
      client.on('error', () => undefined);
      client.setEncoding('latin1').on('data', (more: string) => {
        told += more;
      });
      client.write(bytes, 'latin1');
      await arrived.promise;
      const closed = once(client, 'close');
      if (how === 'half') client.end();
      else if (service === 'plain') client.resetAndDestroy();
      else client.destroy();
      await Promise.all([closed, ended.promise]);
      expect(told).toMatch(mayBeTold ? /^(?:HTTP\/1\.1 400 [\s\S]*)?$/ : /^$/);
      expect(running.router.observe(service)?.inFlight.blue).toBe(0);
    }
    await eventually('they are counted', () => counted(service, 'gone') === ways.length);
    expect(counted(service, '2xx') + counted(service, '4xx') + counted(service, 'cut-off')).toBe(0);
    const hurt = running.router.traffic(0).reduce((sum, block) => sum + block.clients.hurt, 0);
    expect(hurt).toBe(0);
  });
});
