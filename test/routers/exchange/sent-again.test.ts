/** Bodies of requests that another connection, or another instance, has to get from their beginning. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, constants, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { ask, type Backend, backend, eventually, freePort, routing } from '../support.ts';

/** More than is kept of a body. */
const LONG = 'x'.repeat(200_000);

describe.each([
  ['fast path', true],
  ["node's own server", false],
] as const)('after a connection that the instance has closed meanwhile: %s', (_name, fastPath) => {
  let running: InProcessRouter;
  let instance: Backend;
  let port: number;
  let url: string;
  const bodies: string[] = [];

  beforeAll(async () => {
    running = await inProcessRouter({ fastPath });
    port = await freePort();
    url = `http://127.0.0.1:${port}/`;
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    bodies.length = 0;
    instance = await backend('blue');
    instance.handle = async (req, res) => {
      bodies.push(await text(req));
      res.end('served');
    };
    const endpoints = { blue: [{ host: '127.0.0.1', port: instance.port }], green: [] };
    await running.router.apply(routing(port, [], { endpoints, health: { blue: null, green: null } }));
  });
  afterEach(() => instance.close());

  /** The next request meets an end of its connection; those behind it are served. */
  const closeOnce = () => {
    const serve = instance.handle;
    instance.handle = (req) => {
      instance.handle = serve;
      req.socket.destroy();
    };
  };

  it('a PUT with a short body goes again, with all of it', async () => {
    await ask(url, { method: 'PUT', body: 'first' });
    closeOnce();
    expect(await ask(url, { method: 'PUT', body: 'second' })).toMatchObject({ status: 200, body: 'served' });
    expect(bodies).toEqual(['first', 'second']);
  });

  it('a PUT in chunks that is still on its way goes again, with all of it', async () => {
    const put = () => {
      const out = request(url, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } });
      out.write('first, ');
      return out;
    };
    const warm = put();
    warm.end('last');
    await once(warm, 'response');
    closeOnce();
    const again = put();
    await eventually('it has gone again', () => instance.requests.length === 3);
    again.end('last');
    const [res] = await once(again, 'response');
    expect(await text(res)).toBe('served');
    expect(bodies).toEqual(['first, last', 'first, last']);
  });

  it('neither a POST nor what is no longer here as a whole does', async () => {
    for (const [method, body] of [
      ['POST', 'pay'],
      ['PUT', LONG],
    ] as const) {
      await ask(url, { method, body });
      const before = instance.requests.length;
      const serve = instance.handle;
      instance.handle = async (req) => {
        // The body has come, as far as it is told of.
        if (body === LONG) await text(req);
        req.socket.destroy();
      };
      expect((await ask(url, { method, body })).status).toBe(502);
      expect(instance.requests.length).toBe(before + 1);
      instance.handle = serve;
    }
  });
});

describe('a stream that an instance of HTTP/2 has not begun', () => {
  let running: SecureRouter;
  const server = createServer();
  const bodies: string[] = [];
  let handle: (stream: ServerHttp2Stream) => void;

  const serve = async (stream: ServerHttp2Stream) => {
    bodies.push(await text(stream));
    stream.respond({ ':status': 200 });
    stream.end('served');
  };
  beforeAll(async () => {
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      handle(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    running = await secureRouter();
    await running.lead([(server.address() as AddressInfo).port], {
      protocols: { blue: 'h2c', green: 'h2c' },
    });
  });
  afterAll(async () => {
    await running.close();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    bodies.length = 0;
    handle = serve;
  });

  /** Refuses the next one as `when` says; serves those behind it. */
  const refuseOnce = (when: (stream: ServerHttp2Stream) => Promise<unknown>) => {
    handle = async (stream) => {
      handle = serve;
      await when(stream);
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    };
  };
  const post = async (...parts: string[]) => {
    const client = connect(`https://localhost:${running.port}`, { ca: running.ca });
    const stream = client.request({ ':method': 'POST', ':path': '/' });
    const answer = once(stream, 'response');
    for (const part of parts.slice(0, -1)) stream.write(part);
    return {
      async end() {
        stream.end(parts.at(-1));
        const [headers] = await answer;
        const body = await text(stream);
        client.close();
        return { status: headers[':status'], body };
      },
    };
  };

  it('goes again with all of its body, which had come whole', async () => {
    refuseOnce((stream) => text(stream));
    expect(await (await post('pay')).end()).toEqual({ status: 200, body: 'served' });
    expect(bodies).toEqual(['pay']);
  });

  it('goes again with all of its body, which is still on its way', async () => {
    const refused = Promise.withResolvers<void>();
    refuseOnce(async (stream) => {
      await once(stream, 'data');
      refused.resolve();
    });
    const begun = await post('first, ', 'last');
    await refused.promise;
    expect(await begun.end()).toEqual({ status: 200, body: 'served' });
    expect(bodies).toEqual(['first, last']);
  });

  it('does not where more of its body has come than is kept', async () => {
    refuseOnce((stream) => text(stream));
    expect((await (await post(LONG)).end()).status).toBe(502);
    expect(bodies).toEqual([]);
  });
});
