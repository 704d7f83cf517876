/** Who may connect, and who a load balancer says its client is: over both transports, with TLS and without. */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRange } from '../../../src/core/service/address-range.ts';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { readProxyHeader } from '../../../src/routers/embedded/listen/proxy-protocol.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { askRaw, type Backend, backend, eventually, freePort, routing } from '../support.ts';

const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const v2 = (command: number, family: number, body: readonly number[]) =>
  Buffer.concat([V2, Buffer.from([command, family, body.length >> 8, body.length & 255, ...body])]);
const IPV4 = [203, 0, 113, 9, 127, 0, 0, 1, 200, 1, 0, 80];
const REQUEST = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

describe('a header of the PROXY protocol', () => {
  const client = (bytes: Buffer | string) => {
    const read = readProxyHeader(Buffer.from(bytes));
    return read === null || read === 'more' ? read : read.client;
  };

  it('is read in both versions', () => {
    expect(client('PROXY TCP4 203.0.113.9 127.0.0.1 51201 80\r\nGET')).toBe('203.0.113.9');
    expect(client('PROXY TCP6 2001:db8::9 ::1 51201 80\r\n')).toBe('2001:db8::9');
    expect(client('PROXY UNKNOWN\r\n')).toBeNull();
    expect(client('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n')).toBeNull();
    expect(client(v2(0x21, 0x11, IPV4))).toBe('203.0.113.9');
    expect(client(v2(0x21, 0x11, [...IPV4, 4, 0, 1, 0]))).toBe('203.0.113.9');
    const six = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 9];
    expect(client(v2(0x21, 0x21, [...six, ...Array(20).fill(0)]))).toBe('2001:db8::9');
    const mapped = [...Array(10).fill(0), 255, 255, 203, 0, 113, 9];
    expect(client(v2(0x21, 0x21, [...mapped, ...Array(20).fill(0)]))).toBe('::ffff:203.0.113.9');
    expect(client(v2(0x20, 0x00, []))).toBeNull();
    expect(client(v2(0x21, 0x31, Array(216).fill(0)))).toBeNull();
  });

  it('is waited for while it may still come', () => {
    const texts = ['PROXY TCP4 203.0.113.9 127.0.0.1 51201 80\r\n', v2(0x21, 0x11, IPV4)];
    for (const whole of texts) {
      for (let length = 0; length < whole.length; length += 1) {
        expect(readProxyHeader(Buffer.from(whole).subarray(0, length))).toBe('more');
      }
    }
  });

  it.each([
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 203.0.113.9 127.0.0.1 51201\r\n',
    'PROXY TCP4 203.0.113.9 127.0.0.1 51201 80 9\r\n',
    'PROXY TCP4 203.0.113.999 127.0.0.1 51201 80\r\n',
    'PROXY TCP4 2001:db8::9 ::1 51201 80\r\n',
    'PROXY TCP4 203.0.113.9 127.0.0.1 051201 80\r\n',
    'PROXY TCP4 203.0.113.9 127.0.0.1 65536 80\r\n',
    'PROXY  TCP4 203.0.113.9 127.0.0.1 51201 80\r\n',
    `PROXY TCP4 ${'1'.repeat(120)}`,
    v2(0x31, 0x11, IPV4),
    v2(0x22, 0x11, IPV4),
    v2(0x21, 0x11, IPV4.slice(0, 11)),
    v2(0x21, 0x21, Array(35).fill(0)),
    Buffer.concat([V2, Buffer.from([0x21, 0x11, 255, 255])]),
  ])('is none: %j', (bytes) => {
    expect(readProxyHeader(Buffer.from(bytes))).toBeNull();
  });
});

it('knows addresses and networks', () => {
  for (const right of ['10.0.0.0/8', '127.0.0.1', '::1', '2001:db8::/32', 'fe80::1', '0.0.0.0/0', '::/0']) {
    expect(isRange(right), right).toBe(true);
  }
  for (const wrong of [
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '::1/129',
    '1::2::3',
    'h',
    '1:2:3:4:5:6:7',
  ]) {
    expect(isRange(wrong), wrong).toBe(false);
  }
});

describe.each([
  ['fast path', true],
  ["node's server", false],
])('the gate, %s', (_, fastPath) => {
  let running: InProcessRouter;
  let blue: Backend;
  let port: number;

  beforeEach(async () => {
    running = await inProcessRouter({ fastPath, limits: { head: 500 } });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
  });
  afterEach(async () => {
    await running.close();
    await blue.close();
  });

  const apply = async (listen: object, connections: number | null = null) => {
    const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, connections } };
    const here = { port, address: '127.0.0.1', host: null, path: '/', ...listen };
    await running.router.apply(routing(port, [blue], { listen: here, http }));
    await eventually('it is healthy', () => running.router.observe('shop')?.healthy.blue === 1);
  };
  const forwardedFor = () => blue.requests.map(({ headers }) => headers['x-forwarded-for']);

  it('takes the client from the PROXY protocol, in one packet with the request, or in many', async () => {
    await apply({ proxyProtocol: true });
    const header = 'PROXY TCP4 203.0.113.9 127.0.0.1 51201 80\r\n';
    expect(await askRaw(port, header + REQUEST)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(port, v2(0x21, 0x11, IPV4).toString('latin1') + REQUEST)).toMatch(/^HTTP\/1\.1 200 /);
    const spoofed = REQUEST.replace('Host', 'X-Forwarded-For: 192.0.2.66\r\nHost');
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const byte of header + spoofed) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await once(socket.resume(), 'close');
    expect(forwardedFor()).toEqual(Array(3).fill('203.0.113.9'));
  });

  it('takes it under TLS, too', async () => {
    const made = makeCertificate(['localhost']);
    const files = { cert: join(running.folder, 'cert.pem'), key: join(running.folder, 'key.pem') };
    await writeFile(files.cert, made.cert);
    await writeFile(files.key, made.key);
    await apply({ proxyProtocol: true, tls: { certificates: [files] } });
    for (const together of [true, false]) {
      const raw = connect(port, '127.0.0.1');
      await once(raw, 'connect');
      if (together) raw.cork();
      raw.write('PROXY TCP4 203.0.113.9 127.0.0.1 51201 80\r\n');
      if (together) process.nextTick(() => raw.uncork());
      else await eventually('it is read', () => raw.writableLength === 0);
      const socket = connectTls({ socket: raw, servername: 'localhost', ca: made.cert }, () =>
        socket.write(REQUEST),
      );
      const [answer] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
    expect(forwardedFor()).toEqual(['203.0.113.9', '203.0.113.9']);
  });

  it('closes a trusted connection without a header, and one whose header does not come', async () => {
    await apply({ proxyProtocol: true });
    expect(await askRaw(port, REQUEST)).toBe('');
    expect(await askRaw(port, 'PROXY TCP4 203.0.113.9')).toBe('');
    expect(blue.requests).toEqual([]);
  });

  it('serves others as they come, and does not believe them', async () => {
    await apply({ proxyProtocol: true, trust: ['10.0.0.0/8'] });
    const lines = 'X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.66\r\n';
    expect(await askRaw(port, REQUEST.replace('Host', `${lines}Host`))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(port, `PROXY TCP4 203.0.113.9 127.0.0.1 5 80\r\n${REQUEST}`)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    const [{ headers } = { headers: {} }] = blue.requests;
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    expect(headers).not.toHaveProperty('forwarded');
    expect(blue.requests).toHaveLength(1);
  });

  it('refuses more connections of one address than it may have, and lets it in again', async () => {
    await apply({ trust: [] }, 3);
    const open: Socket[] = [];
    for (let i = 0; i < 3; i += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      open.push(socket);
    }
    await eventually('the fourth is refused', async () => {
      const answer = await askRaw(port, REQUEST);
      return answer.startsWith('HTTP/1.1 429 ') && answer.endsWith('too many connections open.\n');
    });
    open[0]!.destroy();
    await eventually('there is room again', async () =>
      (await askRaw(port, REQUEST)).startsWith('HTTP/1.1 200 '),
    );
    for (const socket of open) socket.destroy();
  });

  it('lets a trusted address have any number, since it stands for many', async () => {
    await apply({}, 1);
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    expect(await askRaw(port, REQUEST)).toMatch(/^HTTP\/1\.1 200 /);
    idle.destroy();
  });
});
