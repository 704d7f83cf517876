import { once } from 'node:events';
import { connect, type IncomingHttpHeaders, type Settings } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { BINARY, CLOSE, code, frame, TEXT } from '../support/websocket-corpus.ts';
import { askRaw, eventually, freePort, routing } from '../support.ts';
import { H2C, type H2cInstance, h2cInstance } from './h2c-instance.ts';

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
