/** Instances that speak HTTP/2 without TLS: real servers of node's, and the wire format of gRPC by hand. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import { addAbortSignal } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/core/world.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { BINARY, CLOSE, code, frame, TEXT } from '../support/websocket-corpus.ts';
import { ask, askRaw, eventually, freePort, routing } from '../support.ts';

type Handle = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) => void;

interface H2cInstance {
  readonly port: number;
  readonly server: Http2Server;
  readonly sessions: Set<ServerHttp2Session>;
  /** Paths in the order of their coming, without the router's health checks. */
  readonly seen: string[];
  handle: Handle;
  close(): Promise<void>;
}

async function h2cInstance(name: string, settings: Settings = {}): Promise<H2cInstance> {
  const server = createServer({ settings });
  const it: H2cInstance = {
    server,
    sessions: new Set(),
    seen: [],
    handle: (stream) => {
      stream.respond({ ':status': 200 });
      stream.end(name);
    },
    get port() {
      return (server.address() as AddressInfo).port;
    },
    async close() {
      for (const session of it.sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('session', (session) => {
    it.sessions.add(session);
    session.on('close', () => it.sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers, flags, raw?: string[]) => {
    stream.on('error', () => undefined);
    it.seen.push(String(headers[':path']));
    it.handle(stream, headers, flags, raw ?? []);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return it;
}

/** A message of gRPC: not compressed, its length, its bytes. */
const message = (text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
};
const GRPC = {
  ':method': 'POST',
  ':path': '/shop.Shop/Buy',
  'content-type': 'application/grpc',
  te: 'trailers',
};
const H2C: Partial<Routing> = { protocols: { blue: 'h2c', green: 'h2c' } };

describe('instances that speak h2c', () => {
  let running: SecureRouter;
  let blue: H2cInstance;
  let client: ClientHttp2Session;

  beforeEach(async () => {
    [running, blue] = await Promise.all([
      secureRouter({ limits: { answerHead: 800, connect: 400, bodyIdle: 600 } }),
      h2cInstance('blue'),
    ]);
    await running.lead([blue.port], H2C);
    client = connect(`https://localhost:${running.port}`, { ca: running.ca });
    client.on('error', () => undefined);
    await once(client, 'connect');
  });
  afterEach(async () => {
    client.destroy();
    await running.close();
    await blue.close();
  });
  const inFlight = () => running.router.observe('shop')?.inFlight.blue;

  async function answerOf(stream: ClientHttp2Stream) {
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (lines: IncomingHttpHeaders) => {
      trailers = lines;
    });
    const [headers, flags] = (await once(stream, 'response')) as [IncomingHttpHeaders, number];
    const body = Buffer.concat(await stream.toArray());
    return { headers, flags, body, trailers };
  }

  it('a unary call of gRPC: messages, te, and trailers both ways', async () => {
    const heard: unknown[] = [];
    blue.handle = (stream, headers) => {
      const { te, 'content-type': type, ':authority': authority, host, 'x-forwarded-proto': proto } = headers;
      heard.push({ te, type, authority, host, proto });
      const chunks: Buffer[] = [];
      stream.on('trailers', (lines) => heard.push(Object.entries(lines)));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' }));
        stream.end(Buffer.concat(chunks));
      });
    };
    const stream = client.request(GRPC, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-last': 'yes' }));
    stream.end(message('a hat'));
    const answer = await answerOf(stream);
    expect(answer.headers[':status']).toBe(200);
    expect(answer.body.equals(message('a hat'))).toBe(true);
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'fine' });
    const authority = `localhost:${running.port}`;
    const type = 'application/grpc';
    expect(heard).toEqual([
      { te: 'trailers', type, authority, host: undefined, proto: 'https' },
      [['x-last', 'yes']],
    ]);
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('an answer that is trailers alone', async () => {
    blue.handle = (stream) => stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
    const { headers, flags } = await answerOf(client.request(GRPC, { endStream: false }).end(message('x')));
    expect(headers['grpc-status']).toBe('12');
    expect(flags & constants.NGHTTP2_FLAG_END_STREAM).toBe(constants.NGHTTP2_FLAG_END_STREAM);
  });

  it('a stream both ways: each message is answered before the next one is sent', async () => {
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.on('data', (chunk: Buffer) => stream.write(chunk));
      stream.on('end', () => stream.end());
    };
    const stream = client.request(GRPC);
    await once(stream, 'response');
    for (let turn = 0; turn < 20; turn += 1) {
      stream.write(message(`turn ${turn}`));
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      expect(chunk.equals(message(`turn ${turn}`))).toBe(true);
    }
    expect(inFlight()).toBe(1);
    const trailers = once(stream, 'trailers');
    stream.end();
    expect((await trailers)[0]['grpc-status']).toBe('0');
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('counts what gRPC says of a call, not the status of HTTP', async () => {
    await running.lead([blue.port], { ...H2C, epoch: 'shop-1/1' });
    const type = { ':status': 200, 'content-type': 'application/grpc' };
    for (const code of ['0', '5', '13']) {
      blue.handle = (stream) => {
        stream.respond(type, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code }));
        stream.end();
      };
      const { trailers } = await answerOf(client.request(GRPC, { endStream: true }));
      expect(trailers['grpc-status']).toBe(code);
    }
    blue.handle = (stream) => stream.respond({ ...type, 'grpc-status': '14' }, { endStream: true });
    await answerOf(client.request(GRPC, { endStream: true }));
    const counted = (outcome: '2xx' | '4xx' | '5xx') =>
      running.router.traffic(0).reduce((sum, { requests }) => sum + requests[outcome], 0);
    await eventually(
      'all are counted',
      () => counted('2xx') === 1 && counted('4xx') === 1 && counted('5xx') === 2,
    );
  });

  it('lets both sides of a call be silent, and tells the client when the drain is over', async () => {
    blue.handle = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.on('data', (chunk: Buffer) => stream.write(chunk));
    };
    const stream = client.request(GRPC);
    await once(stream, 'response');
    stream.write(message('one'));
    await once(stream, 'data');
    await new Promise((resolve) => setTimeout(resolve, 900)); // longer than any limit of this router
    stream.write(message('two'));
    await once(stream, 'data');
    const trailers = once(stream, 'trailers');
    await running.lead([], { ...H2C, releases: { blue: null, green: null } });
    expect((await trailers)[0]['grpc-status']).toBe('14');
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('passes resets on, both ways', async () => {
    let reset = -1;
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a');
      stream.on('close', () => {
        reset = stream.rstCode ?? -1;
      });
    };
    const left = client.request(GRPC);
    left.on('error', () => undefined);
    await once(left, 'data');
    left.close(constants.NGHTTP2_CANCEL);
    await eventually('the instance hears of it', () => reset === constants.NGHTTP2_CANCEL);
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a', () => stream.destroy(new Error('a fault')));
    };
    const broken = client.request(GRPC);
    broken.on('error', () => undefined).resume();
    await new Promise((resolve) => broken.on('close', resolve));
    expect(broken.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a', () => addAbortSignal(AbortSignal.abort(), stream));
    };
    const cancelled = client.request(GRPC);
    cancelled.on('error', () => undefined).resume();
    await new Promise((resolve) => cancelled.on('close', resolve));
    expect(cancelled.rstCode).toBe(constants.NGHTTP2_CANCEL);
    blue.handle = (stream) => void stream.destroy(new Error('a fault'));
    expect((await answerOf(client.request({ ':path': '/' }))).headers[':status']).toBe(502);
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('lets go of an instance that hints for ever', async () => {
    let reset = -1;
    blue.handle = (stream) => {
      stream.on('close', () => {
        reset = stream.rstCode ?? -1;
      });
      const more = () => {
        if (stream.destroyed) return;
        for (let i = 0; i < 50; i += 1) stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        setImmediate(more);
      };
      more();
    };
    expect((await answerOf(client.request({ ':path': '/' }))).headers[':status']).toBe(502);
    await eventually('it is let go', () => reset === constants.NGHTTP2_CANCEL);
  });

  it('holds an instance back while one client does not read, and no other stream with it', async () => {
    let written = 0;
    blue.handle = (stream, headers) => {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/small') return void stream.end('small');
      const more = () => {
        while (!stream.destroyed && written < 400 * 65_536) {
          written += 65_536;
          if (!stream.write(Buffer.alloc(65_536))) return void stream.once('drain', more);
        }
        stream.end();
      };
      more();
    };
    const slow = client.request({ ':path': '/large' });
    await once(slow, 'response');
    let before = -1;
    const stuck = await eventually('the instance waits', async () => {
      const still = written === before && written;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(stuck).toBeLessThan(4_000_000);
    expect(blue.sessions.size).toBe(1);
    const others = await Promise.all(
      Array.from({ length: 20 }, () => answerOf(client.request({ ':path': '/small' }))),
    );
    expect(others.every(({ body }) => body.toString() === 'small')).toBe(true);
    let size = 0;
    for await (const chunk of slow) size += (chunk as Buffer).length;
    expect(size).toBe(400 * 65_536);
  });

  it('holds a client back while the instance does not read', async () => {
    blue.handle = (stream) => void stream.pause();
    const stream = client.request(GRPC);
    stream.on('error', () => undefined);
    let sent = 0;
    const more = () => {
      while (!stream.destroyed && sent < 400) {
        sent += 1;
        if (!stream.write(Buffer.alloc(65_536))) return void stream.once('drain', more);
      }
    };
    more();
    // The instance is slow then, which is a failure of its own.
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    expect(headers[':status']).toBe(504);
    expect(sent).toBeLessThan(100);
    stream.destroy();
  });

  it('keeps to the streams that an instance takes, with as many sessions as that needs', async () => {
    const narrow = await h2cInstance('narrow', { maxConcurrentStreams: 3 });
    await running.lead([narrow.port], H2C);
    let now = 0;
    let most = 0;
    narrow.handle = (stream) => {
      now += 1;
      const { session } = stream;
      const open = (session as ServerHttp2Session & { open?: number }).open ?? 0;
      Object.assign(session!, { open: open + 1 });
      most = Math.max(most, open + 1);
      setTimeout(() => {
        now -= 1;
        Object.assign(session!, { open: ((session as { open?: number }).open ?? 1) - 1 });
        stream.respond({ ':status': 200 });
        stream.end('narrow');
      }, 30);
    };
    const all = Array.from({ length: 30 }, (_, i) => answerOf(client.request({ ':path': `/${i}` })));
    for (const { body } of await Promise.all(all)) expect(body.toString()).toBe('narrow');
    expect(most).toBeLessThanOrEqual(3);
    expect(narrow.seen.length).toBe(30);
    expect(now).toBe(0);
    await narrow.close();
  });

  it('sends again what an instance that says goodbye has not begun, and nothing that it may have', async () => {
    let begun = 0;
    blue.handle = (stream, headers) => {
      if (headers[':path'] === '/warm') {
        stream.respond({ ':status': 200 });
        return void stream.end('warm');
      }
      begun += 1;
      if (begun === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else {
        stream.respond({ ':status': 200 });
        stream.end(`try ${begun}`);
      }
    };
    await answerOf(client.request({ ':path': '/warm' }));
    // Refused before anything was done: a POST without a body may go again, too.
    const again = await answerOf(client.request({ ':method': 'POST', ':path': '/' }, { endStream: true }));
    expect(again.body.toString()).toBe('try 2');
    // GOAWAY: what is under way ends, what comes goes by another session.
    const [session] = [...blue.sessions];
    session!.close();
    await eventually('that session ends', () => !blue.sessions.has(session!));
    expect((await answerOf(client.request({ ':path': '/' }))).body.toString()).toBe('try 3');
    // A connection that ends in the middle of a POST: nobody knows what was done.
    blue.handle = (stream) => stream.session?.destroy();
    begun = 0;
    const lost = client.request(GRPC);
    lost.on('error', () => undefined);
    lost.end(message('once'));
    expect((await answerOf(lost)).headers[':status']).toBe(502);
    expect(blue.seen.filter((path) => path === GRPC[':path'])).toHaveLength(1);
  });

  it('finds out that a session is dead, cuts off what it carried, and goes on with another', async () => {
    const pairs: [Socket, Socket][] = [];
    const between = createTcpServer((near) => {
      const far = connectTcp(blue.port, '127.0.0.1');
      pairs.push([near, far]);
      for (const [from, to] of [[near, far] as const, [far, near] as const]) {
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    await running.lead([(between.address() as AddressInfo).port], H2C);
    blue.handle = (stream, headers) => {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/events') stream.write('first');
      else stream.end('served');
    };
    const events = client.request({ ':path': '/events' });
    events.on('error', () => undefined);
    await once(events, 'data');
    // Nothing passes any more, as when a machine has gone: the connection itself stays.
    for (const socket of pairs[0]!) socket.unpipe().pause();
    await new Promise((resolve) => events.resume().on('close', resolve));
    expect(events.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    expect((await answerOf(client.request({ ':path': '/' }))).body.toString()).toBe('served');
    expect(pairs).toHaveLength(2);
    for (const socket of pairs.flat()) socket.destroy();
    between.close();
  });

  it('answers 502 where nobody listens, where HTTP/1.1 is spoken, and where no settings come', async () => {
    const mute = createTcpServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    const old = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    }).listen(0, '127.0.0.1');
    await Promise.all([once(mute, 'listening'), once(old, 'listening')]);
    const ports = [
      await freePort(),
      (mute.address() as AddressInfo).port,
      (old.address() as AddressInfo).port,
    ];
    for (const port of ports) {
      await running.lead([port], H2C);
      const { headers } = await answerOf(client.request({ ':path': '/' }));
      // Of one that refuses connections is known at once that there is nobody; then nobody is ready.
      expect(headers[':status']).toBe(port === ports[0] ? 503 : 502);
    }
    await eventually('nothing is in flight', () => inFlight() === 0);
    for (const server of [mute, old]) server.close();
  });

  it('lets streams end when the instance leaves, and then its session', async () => {
    let finish = () => {};
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('first');
      finish = () => void stream.end('last');
    };
    const stream = client.request({ ':path': '/' });
    const answer = answerOf(stream);
    await once(stream, 'response');
    await running.lead([], { ...H2C, releases: { blue: null, green: null } });
    expect(blue.sessions.size).toBe(1);
    finish();
    expect((await answer).body.toString()).toBe('firstlast');
    await eventually('its session ends', () => blue.sessions.size === 0);
  });

  it('is healthy by HTTP/2 alone', async () => {
    blue.handle = (stream, headers) => {
      const found = headers[':path'] === '/healthz' && headers['user-agent'] === 'teal-router';
      stream.respond({ ':status': found ? 204 : 404 }, { endStream: true });
    };
    const probe = (protocol: 'h2c' | 'http/1.1') => ({
      probe: { kind: 'http', method: 'GET', path: '/healthz', protocol } as const,
      every: 100,
      timeout: 400,
    });
    await running.lead([blue.port], { ...H2C, health: { blue: probe('h2c'), green: null } });
    await eventually('it is healthy', () => running.router.observe('shop')?.healthy.blue === 1);
    await running.lead([blue.port], { ...H2C, health: { blue: probe('http/1.1'), green: null } });
    await eventually('it is not', () => running.router.observe('shop')?.healthy.blue === 0);
  });
});

describe('clients of HTTP/1.1 before instances of h2c', () => {
  let running: SecureRouter;
  let blue: H2cInstance;
  let port: number;

  beforeEach(async () => {
    [running, blue, port] = await Promise.all([secureRouter(), h2cInstance('blue'), freePort()]);
    const endpoints = { blue: [{ host: '127.0.0.1', port: blue.port }], green: [] };
    await running.router.apply(routing(port, [], { endpoints, health: { blue: null, green: null }, ...H2C }));
  });
  afterEach(async () => {
    await running.close();
    await blue.close();
  });

  it('heads, bodies with and without a length, trailers, HEAD, early hints', async () => {
    let heard: IncomingHttpHeaders = {};
    blue.handle = (stream, headers) => {
      heard = headers;
      stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
      stream.respond({ ':status': 201, 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '3' }));
      if (headers[':method'] !== 'HEAD') stream.pipe(stream);
    };
    const answer = await ask(`http://127.0.0.1:${port}/p?q=1`, {
      method: 'POST',
      body: 'abc',
      headers: { 'transfer-encoding': 'chunked', connection: 'x-hop', 'x-hop': '1', 'X-Case': 'v' },
    });
    expect([answer.status, answer.body, answer.trailers]).toEqual([201, 'abc', { 'x-sum': '3' }]);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(heard).toMatchObject({ ':method': 'POST', ':path': '/p?q=1', ':scheme': 'http', 'x-case': 'v' });
    for (const name of ['x-hop', 'transfer-encoding', 'connection', 'host'])
      expect(heard[name]).toBeUndefined();
    const raw = await askRaw(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(raw).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 201 /,
    );
    expect(raw.endsWith('\r\n\r\n')).toBe(true);
    const old = await askRaw(port, 'POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 3\r\n\r\nold');
    expect(old).toMatch(/HTTP\/1\.1 201 [\s\S]*\r\n\r\nold$/);
  });

  it('releases that differ are spoken to each in its own way', async () => {
    const green = await h2cInstance('green');
    const { createServer: createHttp1 } = await import('node:http');
    const http1 = createHttp1((_req, res) => res.end('http1')).listen(0, '127.0.0.1');
    await once(http1, 'listening');
    const at = (to: number) => [{ host: '127.0.0.1', port: to }];
    const lead = (blueShare: number) =>
      running.router.apply(
        routing(port, [], {
          endpoints: { blue: at((http1.address() as AddressInfo).port), green: at(green.port) },
          health: { blue: null, green: null },
          releases: { blue: 'r1', green: 'r2' },
          split: { blue: blueShare, green: 10_000 - blueShare },
          protocols: { blue: 'http/1.1', green: 'h2c' },
        }),
      );
    await lead(10_000);
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe('http1');
    await lead(0);
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe('green');
    http1.close();
    await green.close();
  });
});

describe('WebSocket to instances of h2c', () => {
  let running: SecureRouter;
  let blue: H2cInstance;
  let plain: number;
  const bytes = Buffer.concat([frame(TEXT, 'hello'), frame(BINARY, 70_000), frame(CLOSE, code(1000))]);
  const HANDSHAKE =
    'GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

  const start = async (settings: Settings) => {
    [running, blue, plain] = await Promise.all([secureRouter(), h2cInstance('blue', settings), freePort()]);
    await running.lead([blue.port], H2C);
    const endpoints = { blue: [{ host: '127.0.0.1', port: blue.port }], green: [] };
    const health = { blue: null, green: null };
    await running.router.apply(routing(plain, [], { service: 'plain', endpoints, health, ...H2C }));
  };
  afterEach(async () => {
    await running.close();
    await blue.close();
  });
  const inFlight = () => running.router.observe('plain')?.inFlight.blue;

  it('by extended CONNECT, whichever protocol the client speaks', async () => {
    await start({ enableConnectProtocol: true });
    const heard: IncomingHttpHeaders[] = [];
    blue.handle = (stream, headers) => {
      heard.push(headers);
      stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
      stream.pipe(stream);
    };
    const old = connectTcp(plain, '127.0.0.1');
    let answer = Buffer.alloc(0) as Buffer;
    old.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
    });
    old.write(Buffer.concat([Buffer.from(HANDSHAKE), bytes]));
    await eventually('all of it comes back', () => answer.subarray(-bytes.length).equals(bytes));
    const head = answer.subarray(0, -bytes.length).toString();
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    // The example of RFC 6455, 1.3.
    expect(head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    expect(head).toContain('sec-websocket-protocol: chat\r\n');
    expect(inFlight()).toBe(1);
    old.destroy();
    await eventually('it is let go', () => inFlight() === 0);
    const session = connect(`https://localhost:${running.port}`, { ca: running.ca });
    await once(session, 'remoteSettings');
    const ask = {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/chat',
      'sec-websocket-version': '13',
    };
    const stream = session.request(ask);
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    expect([headers[':status'], headers['sec-websocket-protocol']]).toEqual([200, 'chat']);
    stream.write(bytes);
    let back = Buffer.alloc(0) as Buffer;
    stream.on('data', (chunk: Buffer) => {
      back = Buffer.concat([back, chunk]);
    });
    await eventually('all of it comes back', () => back.equals(bytes));
    session.destroy();
    await eventually('it is let go', () => running.router.observe('shop')?.inFlight.blue === 0);
    for (const one of heard) {
      expect(one).toMatchObject({
        ':method': 'CONNECT',
        ':protocol': 'websocket',
        'sec-websocket-version': '13',
      });
      expect(one).not.toHaveProperty('sec-websocket-key');
    }
  });

  it('passes a refusal on, and tells both sides when a drain is over', async () => {
    await start({ enableConnectProtocol: true });
    blue.handle = (stream) => {
      stream.respond({ ':status': 403 });
      stream.end('not you');
    };
    expect(await askRaw(plain, HANDSHAKE)).toMatch(/^HTTP\/1\.1 403 [\s\S]*not you/);
    const ended: Buffer[] = [];
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.on('data', (chunk: Buffer) => ended.push(chunk));
      stream.on('end', () => stream.end());
    };
    const client = connectTcp(plain, '127.0.0.1', () => client.write(HANDSHAKE));
    client.on('error', () => undefined);
    let answer = '';
    client.setEncoding('latin1').on('data', (more: string) => {
      answer += more;
    });
    await eventually('it is open', () => answer.includes('\r\n\r\n'));
    const releases = { blue: null, green: null };
    await running.router.apply(routing(plain, [], { service: 'plain', releases, ...H2C }));
    await eventually('the client is told', () => answer.endsWith('\x88\x02\x03\xf4'));
    await eventually('the instance is told', () => Buffer.concat(ended)[0] === 0x88);
    await eventually('nothing is left', () => inFlight() === 0);
    client.destroy();
  });

  it('answers 501 where the instance carries none, and to every other protocol', async () => {
    await start({});
    expect(await askRaw(plain, HANDSHAKE)).toMatch(/^HTTP\/1\.1 501 [\s\S]*speaks HTTP\/2/);
    expect(await askRaw(plain, HANDSHAKE.replace('websocket', 'telnet'))).toMatch(/^HTTP\/1\.1 501 /);
    expect(inFlight()).toBe(0);
  });
});
