/**
 * Framing, byte by byte, over both transports: what could mean two things is refused, and no instance ever sees two
 * requests where a client sent one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ListenSpec } from '../../../src/core/service/service-spec.ts';
import { type EmbeddedRouter, startEmbeddedRouter } from '../../../src/routers/embedded/router.ts';
import { LIMITS } from '../../../src/routers/embedded/visit/limits.ts';
import { createLogger } from '../../../src/system/log.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { PLAIN, type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import {
  askRaw as askRawBy,
  dialPlain,
  dialSecure,
  dribble,
  eventually,
  freePort,
  routing,
} from '../support.ts';
import { ANSWERS, CLOSE, head, LAST, REFUSED, SERVED, SMUGGLED } from './framing-corpus.ts';

describe.each([
  ['fast path', true, false],
  ["node's own server", false, false],
  ['fast path over TLS', true, true],
  ["node's own server over TLS", false, true],
] as const)('framing: %s', (_name, fastPath, secure) => {
  let folder: string;
  let router: EmbeddedRouter;
  let instance: RecordingInstance;
  let port: number;
  let listen: ListenSpec;
  const dial = secure ? dialSecure : dialPlain;
  const askRaw = (to: number, bytes: string) => askRawBy(to, bytes, dial);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teal-framing-'));
    const limits = { ...LIMITS, head: 1_000 };
    router = await startEmbeddedRouter(folder, createLogger('test', 'silent'), { limits, fastPath });
    [instance, port] = await Promise.all([recordingInstance(), freePort()]);
    const endpoints = { blue: [{ host: '127.0.0.1', port: instance.port }], green: [] };
    listen = { port, address: '127.0.0.1', host: null, path: '/' };
    if (secure) {
      const { cert, key } = makeCertificate(['localhost']);
      const files = { cert: join(folder, 'shop.pem'), key: join(folder, 'shop.key') };
      await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
      listen = { ...listen, tls: { certificates: [files] } };
    }
    await router.apply(routing(port, [], { listen, endpoints, health: { blue: null, green: null } }));
    await eventually('it is healthy', () => router.observe('shop')?.healthy.blue === 1);
  });
  afterAll(async () => {
    await router.close(0);
    await instance.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    instance.seen.length = 0;
    instance.bodies.length = 0;
    instance.heads.length = 0;
    instance.answer = () => ({ text: PLAIN });
  });

  const paths = () => instance.seen.map((line) => line.replace(' HTTP/1.1', ''));
  /** Node's own server begins with pipelined requests at once, so that any of them may come first. */
  const inOrder = (lines: string[]) => [...lines].sort();
  const statuses = (text: string) =>
    [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

  it.each(REFUSED)('refuses %s', async (_what, bytes, status) => {
    const answer = await askRaw(port, bytes);
    if (status > 0) expect(statuses(answer)).toEqual([status]);
    else expect(statuses(answer)[0]).toBeGreaterThanOrEqual(400);
    expect(statuses(answer)).toHaveLength(1);
    expect(paths()).toEqual([]);
  });

  it.each(SERVED)('serves %s', async (_what, bytes, lines, answers) => {
    expect(statuses(await askRaw(port, bytes))).toEqual(answers);
    expect(inOrder(paths())).toEqual(inOrder(lines));
  });

  it.each(SERVED.filter(([, bytes]) => bytes.length < 500))(
    'serves %s, byte by byte',
    async (_what, bytes, lines) => {
      await dribble(port, bytes, dial);
      expect(inOrder(paths())).toEqual(inOrder(lines));
    },
  );

  it('takes nothing behind Connection: close for a request', async () => {
    const answer = await askRaw(port, head(CLOSE, 'GET /one HTTP/1.1') + SMUGGLED);
    expect(statuses(answer)).toHaveLength(1);
    expect(paths()).toEqual(['GET /one']);
  });

  it('serves what is common where it should: node names its own keep-alive', async () => {
    const answer = await askRaw(port, head('', 'GET /one HTTP/1.1') + LAST);
    expect(/\r\nKeep-Alive: timeout=/i.test(answer)).toBe(!fastPath);
  });

  it('passes a head on in its order, without what is for one connection or for Teal alone', async () => {
    const lines =
      'X-A: 1\r\nKeep-Alive: 9\r\ncookie: a=1; teal_id=x.y; b=2\r\nTE: trailers\r\nx-b: 2\r\nX-A: 3\r\n';
    await askRaw(
      port,
      head(`${lines}X-Forwarded-For: 192.0.2.1\r\nX-Request-Id: r-1\r\n${CLOSE}`, 'GET /one HTTP/1.1'),
    );
    const sent = instance.heads[0]!.split('\r\n').filter((line) => !/^(connection|traceparent):/i.test(line));
    const common = ['X-A: 1', 'cookie: a=1;  b=2', 'x-b: 2', 'X-A: 3'];
    const added = [
      'X-Forwarded-For: 192.0.2.1, 127.0.0.1',
      `X-Forwarded-Proto: ${secure ? 'https' : 'http'}`,
      'X-Forwarded-Host: h',
      'X-Request-Id: r-1',
    ];
    expect(sent.map((line) => line.replace(/; +/g, ';  '))).toEqual([
      'GET /one HTTP/1.1',
      expect.stringMatching(/^host: h$/i),
      ...common,
      ...added,
    ]);
  });

  it('leaves each line where it was, as it was written, the Host line too', async () => {
    const lines = ['accept: a', 'X-Tab:\t b ', 'hOsT: h', 'ACCEPT: c', 'x_under: d', 'Content-length: 0'];
    await askRaw(port, `GET /one HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
    const sent = instance.heads[0]!.split('\r\n').slice(1, 7);
    expect(sent.map((line) => line.replace(/:\s*(.*?)\s*$/, ': $1'))).toEqual(
      lines.map((line) => line.replace(/:\s*(.*?)\s*$/, ': $1')),
    );
  });

  it('mints a cookie for a navigation and never shows it to an instance', async () => {
    await router.apply(
      routing(port, [], {
        listen,
        endpoints: { blue: [{ host: '127.0.0.1', port: instance.port }], green: [] },
        health: { blue: null, green: null },
        identify: { kind: 'auto' },
      }),
    );
    const first = await askRaw(port, head(`Sec-Fetch-Mode: navigate\r\n${CLOSE}`, 'GET /one HTTP/1.1'));
    const cookie = /\r\nSet-Cookie: (teal_id=[^;]+);/.exec(first)?.[1];
    expect(cookie).toBeDefined();
    const again = await askRaw(
      port,
      head(`Sec-Fetch-Mode: navigate\r\nCookie: ${cookie}\r\n${CLOSE}`, 'GET /two HTTP/1.1'),
    );
    expect(again).not.toContain('Set-Cookie');
    expect(instance.heads[1]).not.toMatch(/cookie/i);
  });

  it.each([
    [
      'chunks with extensions and a trailer',
      'Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n2;a="b"\r\nok\r\n0;c\r\nx-sum: 1\r\n\r\n',
      /chunked\r\n[\s\S]*?\r\n(2\r\nok|1\r\no\r\n1\r\nk)\r\n0\r\nx-sum: 1\r\n\r\n$/,
    ],
    ['an end that is the closing', '\r\nok', /\r\n\r\n(ok|(2\r\nok|1\r\no\r\n1\r\nk)\r\n0\r\n\r\n)$/],
    [
      'lines that Connection names',
      'Connection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok',
      /^(?![\s\S]*x-hop)[\s\S]*ok$/i,
    ],
  ])('an instance that answers with %s', async (_what, rest, wanted) => {
    for (const size of [1, 7, 1_000]) {
      const text = `HTTP/1.1 200 OK\r\n${rest}`;
      instance.answer = () => ({ text, pieces: size, close: true });
      expect(await askRaw(port, head(CLOSE, 'GET /odd HTTP/1.1'))).toMatch(wanted);
    }
  });

  it.each(ANSWERS)('an instance that answers with %s', async (_what, text, status, body) => {
    instance.answer = (path) => (path === '/odd' ? { text } : { text: PLAIN });
    const answer = await askRaw(port, head(CLOSE, 'GET /odd HTTP/1.1'));
    expect(statuses(answer)[0]).toBe(status);
    if (body !== undefined) expect(answer.endsWith(`\r\n\r\n${body}`)).toBe(true);
    // Whoever comes next gets an answer of their own.
    expect(await askRaw(port, LAST)).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nok$/);
  });
});
