/** What an instance of HTTP/1.1 may say to a request for another protocol, on a bare socket. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS, type RequestLimits } from '../../../src/core/service/http-spec.ts';
import type { Limits } from '../../../src/routers/embedded/visit/limits.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { settled } from '../support/settled.ts';
import { askRaw, eventually, freePort, routing } from '../support.ts';

const ask = (protocol: string, lines = '') =>
  `GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${protocol}\r\n${lines}\r\n`;
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nUpgrade: echo\r\nX-Own: 1\r\n\r\n';

describe.each([
  ['fast path', true],
  ["node's own server", false],
])('an instance that is asked for another protocol, %s', (_transport, fastPath) => {
  let running: InProcessRouter;
  let server: Server;
  let port: number;
  let heads: string[];
  /** Of the instance, in the order of their coming. */
  let sockets: Socket[];
  let answer: (socket: Socket) => void;

  beforeEach(async () => {
    heads = [];
    sockets = [];
    server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      let text = '';
      sockets.push(socket);
      socket.on('error', () => undefined);
      const read = (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (!text.endsWith('\r\n\r\n')) return;
        socket.off('data', read);
        heads.push(text);
        answer(socket);
      };
      socket.on('data', read);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = await freePort();
    await start({});
  });
  /** A router that leads to it. `limits`: of the service. */
  const start = async (own: Partial<Limits>, limits: Partial<RequestLimits> = {}) => {
    running = await inProcessRouter({ fastPath, limits: { answerHeadSize: 4_096, ...own } });
    const blue = [{ host: '127.0.0.1', port: (server.address() as AddressInfo).port }];
    const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, ...limits } };
    const change = { endpoints: { blue, green: [] }, health: { blue: null, green: null }, http };
    await running.router.apply(routing(port, [], change));
    await eventually('it is healthy', () => running.router.observe('shop')?.healthy.blue === 1);
  };
  afterEach(async () => {
    await running.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const says = (text: string, then: 'stays' | 'ends' = 'stays') => {
    answer = (socket) => {
      socket.write(text, 'latin1');
      if (then === 'ends') socket.end();
    };
  };
  const idle = () => running.router.observe('shop')?.inFlight.blue === 0;
  const outcomes = (outcome: 'cut-off' | 'gone' | 'timed-out' | 'unreachable') =>
    running.router.traffic(0).reduce((sum, block) => sum + block.requests[outcome], 0);

  it('is asked once, on a connection of its own, with the lines that ask for it at the end', async () => {
    says('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    for (let i = 0; i < 2; i += 1) await askRaw(port, ask('echo', 'X-Mine: a\r\n'));
    expect(sockets.length).toBe(2);
    expect(heads[0]).toMatch(/^GET \/chat HTTP\/1\.1\r\nHost: h\r\nX-Mine: a\r\nX-Forwarded-For: /);
    expect(heads[0]).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n$/);
  });

  it.each([1, 7, 10_000])(
    'agrees in pieces of %i bytes, with more behind and other answers before',
    async (size) => {
      answer = (socket) => {
        const text = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${SWITCHED}hello`;
        let at = 0;
        const next = () => {
          if (at >= text.length) return void socket.end();
          socket.write(text.slice(at, at + size), 'latin1', () => setImmediate(next));
          at += size;
        };
        next();
      };
      const all = await askRaw(port, ask('echo'));
      expect(all).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
      expect(all).toMatch(/\r\nX-Own: 1\r\n/);
      expect(all).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello$/);
      await eventually('nothing is left', idle);
    },
  );

  const long = `X-Long: ${'a'.repeat(5_000)}\r\n`;
  it.each([
    ['a switch without Upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n'],
    ['a switch without Connection', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n'],
    ['a switch whose Connection names something else', SWITCHED.replace('n: upgrade', 'n: x-upgrade')],
    ['a switch with a line that is none', SWITCHED.replace('X-Own: 1', 'X-Own')],
    ['a switch with a head that is too long', SWITCHED.replace('X-Own: 1\r\n', long)],
    ['answers before it that never end', `HTTP/1.1 103 Early Hints\r\n${long}`.repeat(2)],
    ['something else', 'SSH-2.0-OpenSSH_9.2p1\r\n\r\n'],
    ['an ambiguous refusal', 'HTTP/1.1 403 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nno'],
  ])('says %s: 502, and its connection is over', async (_what, text) => {
    says(text);
    expect(await askRaw(port, ask('echo'))).toMatch(/^HTTP\/1\.1 502 /);
    await eventually('it is let go', () => sockets[0]?.readableEnded || sockets[0]?.destroyed === true);
    await eventually('it is counted', () => idle() && outcomes('cut-off') === 1);
  });

  it('closes without a word: 502', async () => {
    says('', 'ends');
    expect(await askRaw(port, ask('echo'))).toMatch(/^HTTP\/1\.1 502 /);
    expect(heads.length).toBe(1);
  });

  it.each([
    ['with a length', 'HTTP/1.1 403 No\r\nContent-Length: 4\r\nX-Own: 1\r\n\r\nnope', 'stays'],
    [
      'in chunks',
      'HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\nX-Own: 1\r\n\r\n2;x\r\nno\r\n2\r\npe\r\n0\r\nA: b\r\n\r\n',
      'stays',
    ],
    ['until the end', 'HTTP/1.1 403 No\r\nX-Own: 1\r\n\r\nnope', 'ends'],
  ] as const)('declines %s: passed on as any answer', async (_how, text, then) => {
    says(text, then);
    const all = await askRaw(port, ask('echo'));
    expect(all).toMatch(/^HTTP\/1\.1 403 No\r\n/);
    expect(all).toMatch(/\r\nX-Own: 1\r\n/);
    const [, body = ''] = all.split('\r\n\r\n', 2);
    expect(body === 'nope' || /^2\r\nno\r\n2\r\npe\r\n0$|^4\r\nnope\r\n0$/.test(body), body).toBe(true);
    await eventually('nothing is left', idle);
    await eventually('it is let go', () => sockets[0]?.readableEnded || sockets[0]?.destroyed === true);
  });

  it('breaks off what it declines with: the client cannot take it for whole', async () => {
    says('HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n', 'ends');
    const all = await askRaw(port, ask('echo'));
    expect(all).toMatch(/^HTTP\/1\.1 403 No\r\n/);
    expect(all).not.toMatch(/\r\n0\r\n\r\n$/);
    await eventually('it is counted', () => idle() && outcomes('cut-off') === 1);
  });

  it('has its body wait while the client does not read', async () => {
    const piece = Buffer.alloc(64_000, 'x');
    const length = 500 * piece.length;
    answer = (socket) => {
      socket.write(`HTTP/1.1 403 No\r\nContent-Length: ${length}\r\n\r\n`);
      for (let i = 0; i < 500; i += 1) socket.write(piece);
    };
    const client = connect({ port, host: '127.0.0.1' });
    client.pause();
    client.write(ask('echo'));
    await eventually('it is asked', () => heads.length === 1);
    await settled(() => sockets[0]!.writableLength);
    expect(sockets[0]!.writableLength).toBeGreaterThan(8_000_000);
    let read = 0;
    client.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    client.resume();
    await once(client, 'end');
    expect(read).toBeGreaterThan(length);
    client.destroy();
    await eventually('nothing is left', idle);
  });

  it('is let go when the client reads nothing of a refusal, and nobody is hurt', async () => {
    await running.close();
    await start({ sendIdle: 200 });
    answer = (socket) => {
      const piece = Buffer.alloc(64_000, 'x');
      socket.write(`HTTP/1.1 403 No\r\nContent-Length: ${500 * piece.length}\r\n\r\n`);
      for (let i = 0; i < 500; i += 1) socket.write(piece);
    };
    const client = connect({ port, host: '127.0.0.1' }).pause();
    client.write(ask('echo'));
    await eventually('it is counted', () => outcomes('gone') + outcomes('timed-out') === 1);
    expect(outcomes('gone')).toBe(1);
    await eventually('nothing is left', idle);
    client.destroy();
  });

  it('is let go when the client leaves before it has answered, and nobody is hurt', async () => {
    answer = () => undefined;
    const client = connect({ port, host: '127.0.0.1' });
    client.write(ask('echo'));
    await eventually('it is asked', () => heads.length === 1);
    sockets[0]!.resume();
    const ended = once(sockets[0]!, 'end');
    client.resetAndDestroy();
    await ended;
    await eventually('it is counted', () => idle() && outcomes('gone') === 1);
    expect(outcomes('cut-off')).toBe(0);
  });

  it('is let go when the client leaves in the middle of a refusal, and nobody is hurt', async () => {
    says('HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nno');
    const client = connect({ port, host: '127.0.0.1' });
    client.write(ask('echo'));
    await once(client, 'data');
    sockets[0]!.resume();
    const ended = once(sockets[0]!, 'end');
    client.resetAndDestroy();
    await ended;
    await eventually('it is counted', () => idle() && outcomes('gone') + outcomes('cut-off') === 1);
    expect(outcomes('gone')).toBe(1);
  });

  it('resets what it has not read: it is asked once more, and nobody is hurt', async () => {
    answer = (socket) => {
      says('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno');
      socket.resetAndDestroy();
    };
    expect(await askRaw(port, ask('echo'))).toMatch(/^HTTP\/1\.1 403 /);
    await eventually('it is counted', idle);
    expect(outcomes('cut-off')).toBe(0);
  });

  it('hears at once that the client has closed its side before it was answered', async () => {
    answer = () => undefined;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.write(ask('echo'));
    await eventually('it is asked', () => heads.length === 1);
    sockets[0]!.resume();
    const ended = once(sockets[0]!, 'end');
    client.end();
    await ended;
    await eventually('it is counted', () => idle() && outcomes('gone') === 1);
    client.destroy();
  });

  it('stops in the middle of a refusal: its time is over some day', async () => {
    says('HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nno');
    await running.close();
    await start({}, { time: 300 });
    const all = await askRaw(port, ask('echo'));
    expect(all).toMatch(/^HTTP\/1\.1 403 /);
    await eventually('it is counted', () => idle() && outcomes('timed-out') === 1);
  });

  it('is not asked where a body follows, and its client reads so after all that it has sent', async () => {
    const length = 5_000_000;
    const client = connect({ port, host: '127.0.0.1' });
    client.write(ask('echo', `Content-Length: ${length}\r\n`).replace('GET', 'POST'));
    client.write(Buffer.alloc(length));
    let all = '';
    client.setEncoding('latin1').on('data', (text: string) => {
      all += text;
    });
    await once(client, 'close');
    expect(all).toMatch(/^HTTP\/1\.1 400 /);
    expect(heads.length).toBe(0);
  });

  it('has what came before it agreed passed on in order', async () => {
    const agreed = Promise.withResolvers<Socket>();
    answer = (socket) => agreed.resolve(socket);
    const client = connect({ port, host: '127.0.0.1' });
    const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(10_000, i));
    client.write(Buffer.concat([Buffer.from(ask('echo')), pieces[0]!]));
    const socket = await agreed.promise;
    for (const piece of pieces.slice(1)) client.write(piece);
    const parts: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => parts.push(chunk));
    socket.write(SWITCHED);
    client.resume();
    client.end();
    await once(socket, 'end');
    expect(Buffer.concat(parts).equals(Buffer.concat(pieces))).toBe(true);
    client.destroy();
  });
});
