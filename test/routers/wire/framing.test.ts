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

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';
const head = (lines: string, line = 'POST /one HTTP/1.1') => `${line}\r\nHost: h\r\n${lines}\r\n`;
const LAST = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const CLOSE = 'Connection: close\r\n';

/** What, bytes, status. Nothing of it reaches an instance, and the connection ends. */
const REFUSED: [string, string, number][] = [
  ['CL.TE', `${head('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n${SMUGGLED}`, 400],
  [
    'TE.CL',
    `${head('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n')}5c\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    400,
  ],
  ...[
    'xchunked',
    'chunked, identity',
    'identity, chunked',
    'gzip, chunked',
    'identity',
    'chunked, chunked',
    'gzip',
    '"chunked"',
    'chunked;q=1',
  ].map((coding): [string, string, number] => [
    `coding ${coding}`,
    `${head(`Transfer-Encoding: ${coding}\r\n${CLOSE}`)}0\r\n\r\n${SMUGGLED}`,
    0,
  ]),
  ['TE.TE', `${head('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n')}0\r\n\r\n${SMUGGLED}`, 0],
  [
    'TE, then TE behind a tab',
    `${head('Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n')}abc${SMUGGLED}`,
    400,
  ],
  ...[
    '+3',
    '-1',
    '3 3',
    '3,3',
    '3, 3',
    '0x3',
    '3.0',
    '1e1',
    '',
    '9'.repeat(30),
    '3;',
    '\t',
    '3\v',
    '３',
    'abc',
  ].map((length): [string, string, number] => [
    `length ${JSON.stringify(length)}`,
    `${head(`Content-Length: ${length}\r\n${CLOSE}`)}abc${SMUGGLED}`,
    400,
  ]),
  ['two lengths that differ', `${head('Content-Length: 3\r\nContent-Length: 40\r\n')}abc${SMUGGLED}`, 400],
  ['two lengths that agree', `${head('Content-Length: 3\r\nContent-Length: 3\r\n')}abc${SMUGGLED}`, 400],
  ['two lengths, other case', `${head('content-length: 3\r\nCONTENT-LENGTH: 0\r\n')}abc${SMUGGLED}`, 400],
  ['space before the colon of a length', `${head('Content-Length : 3\r\n')}abc${SMUGGLED}`, 400],
  [
    'tab before the colon of a coding',
    `${head('Transfer-Encoding\t: chunked\r\n')}0\r\n\r\n${SMUGGLED}`,
    400,
  ],
  ['a length in a folded line', `${head('X: y\r\n Content-Length: 3\r\n')}abc${SMUGGLED}`, 400],
  ['a folded coding', `${head('Transfer-Encoding:\r\n chunked\r\n')}0\r\n\r\n${SMUGGLED}`, 400],
  ['a line that begins with space', `${head(' Content-Length: 3\r\n')}abc${SMUGGLED}`, 400],
  ['an empty name', head(': 3\r\n'), 400],
  ['a line without a colon', head('Content-Length\r\n'), 400],
  ['a bare line feed after a line', `GET /one HTTP/1.1\r\nHost: h\nX: y\r\n\r\n`, 400],
  ['a bare line feed after the request line', 'GET /one HTTP/1.1\nHost: h\r\n\r\n', 400],
  ['a bare line feed at the end', 'GET /one HTTP/1.1\r\nHost: h\r\n\n', 400],
  ['a bare carriage return in a value', head('X: a\rb\r\n'), 400],
  ['a bare carriage return as a line end', 'GET /one HTTP/1.1\rHost: h\r\r', 400],
  ['a length behind a bare line feed', `${head('X: y\nContent-Length: 3\r\n')}abc${SMUGGLED}`, 400],
  ...['\0', '\x01', '\x1f', '\x7f'].map((byte): [string, string, number] => [
    `${JSON.stringify(byte)} in a value`,
    head(`X: a${byte}b\r\n`),
    400,
  ]),
  ...[...'(),/;<=>?@[\\]{}" \0\x7f\x80'].map((byte): [string, string, number] => [
    `${JSON.stringify(byte)} in a name`,
    head(`X${byte}Y: 1\r\n${CLOSE}`),
    400,
  ]),
  ['no host', 'GET /one HTTP/1.1\r\n\r\n', 400],
  ['two hosts', 'GET /one HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n', 400],
  ...['a b', 'a/b', 'a@b', 'a?b', 'a:b', 'a:123456', 'a:', ':80', 'a,b', 'a#b', 'a%41', '[::1', '[x]'].map(
    (host): [string, string, number] => [`host ${host}`, `GET /one HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
  ),
  ['a target without a slash', 'GET one HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a target with a fragment', 'GET /one#two HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['an asterisk', 'GET * HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a tab in the request line', 'GET\t/one HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a space in the target', 'GET /one two HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a control byte in the target', 'GET /o\x01ne HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['no version', 'GET /one\r\n\r\n', 505],
  ['HTTP/0.9', 'GET /one HTTP/0.9\r\nHost: h\r\n\r\n', 505],
  ['HTTP/1.2', 'GET /one HTTP/1.2\r\nHost: h\r\n\r\n', 0],
  ['HTTP/2.0', 'GET /one HTTP/2.0\r\nHost: h\r\n\r\n', 505],
  ['HTTP/11.1', 'GET /one HTTP/11.1\r\nHost: h\r\n\r\n', 400],
  ['http/1.1', 'GET /one http/1.1\r\nHost: h\r\n\r\n', 400],
  ['HTTP/1.1 and a space', 'GET /one HTTP/1.1 \r\nHost: h\r\n\r\n', 400],
  ['a method in lower case', 'get /one HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a method that nobody knows', 'TEAL /one HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['an h2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['TRACE', head(CLOSE, 'TRACE /one HTTP/1.1'), 405],
  ['too many lines', head('X: y\r\n'.repeat(250)), 431],
  ['too large a line', head(`X: ${'y'.repeat(17_000)}\r\n`), 431],
  ['too long a target', head('', `GET /${'y'.repeat(17_000)} HTTP/1.1`), 414],
  ...['g', '', '-1', '0x1', '1 1', '+1', 'fffffffffffffffff'].map((size): [string, string, number] => [
    `chunk size ${JSON.stringify(size)}`,
    `${head('Transfer-Encoding: chunked\r\n')}${size}\r\nabc\r\n0\r\n\r\n${SMUGGLED}`,
    -1,
  ]),
  [
    'a chunk that is too long',
    `${head('Transfer-Encoding: chunked\r\n')}2\r\nabc\r\n0\r\n\r\n${SMUGGLED}`,
    -1,
  ],
  ['a chunk that ends with a line feed', `${head('Transfer-Encoding: chunked\r\n')}3\r\nabc\n0\r\n\r\n`, -1],
];

/** What, bytes, the request lines that the instance sees, the statuses that the client sees. */
const SERVED: [string, string, string[], number[]][] = [
  ['one', LAST, ['GET /last'], [200]],
  ['two at once', head('', 'GET /one HTTP/1.1') + LAST, ['GET /one', 'GET /last'], [200, 200]],
  [
    'a body, then another',
    `${head('Content-Length: 3\r\n')}abc${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'CL.0 that names a request',
    head(`Content-Length: ${SMUGGLED.length}\r\n`) + SMUGGLED + LAST,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'GET with a body that looks like a request',
    head(`Content-Length: ${SMUGGLED.length}\r\n`, 'GET /one HTTP/1.1') + SMUGGLED + LAST,
    ['GET /one', 'GET /last'],
    [200, 200],
  ],
  [
    'HEAD with a body that looks like a request',
    head(`Content-Length: ${SMUGGLED.length}\r\n${CLOSE}`, 'PUT /one HTTP/1.1') + SMUGGLED,
    ['PUT /one'],
    [200],
  ],
  [
    'chunks that hold a request',
    head('Transfer-Encoding: chunked\r\n') +
      `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'Chunked in other case',
    `${head('transfer-encoding: Chunked\r\n')}3\r\nabc\r\n0\r\n\r\n${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'a chunk extension',
    `${head('Transfer-Encoding: chunked\r\n')}3;a=b\r\nabc\r\n0\r\n\r\n${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  ['Content-Length: 0', head('Content-Length: 0\r\n') + LAST, ['POST /one', 'GET /last'], [200, 200]],
  [
    'a length with zeros before it',
    `${head('Content-Length: 003\r\n')}abc${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'spaces around a length',
    `${head('Content-Length: \t 3 \t\r\n')}abc${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'Connection that names Content-Length',
    `${head('Content-Length: 3\r\nConnection: content-length\r\n')}abc${LAST}`,
    ['POST /one', 'GET /last'],
    [200, 200],
  ],
  [
    'Connection that names Host',
    head('Connection: host\r\n', 'GET /one HTTP/1.1') + LAST,
    ['GET /one', 'GET /last'],
    [200, 200],
  ],
  ['two spaces in the request line', `GET  /one HTTP/1.1\r\nHost: h\r\n${CLOSE}\r\n`, ['GET /one'], [200]],
  ['an empty line before a request', `\r\n${LAST}`, ['GET /last'], [200]],
  ['HTTP/1.0', 'GET /one HTTP/1.0\r\nHost: h\r\n\r\n', ['GET /one'], [200]],
  ['an absolute target', `GET http://h/one HTTP/1.1\r\nHost: h\r\n${CLOSE}\r\n`, ['GET /one'], [200]],
  ['an empty value', head(`X:\r\n${CLOSE}`, 'GET /one HTTP/1.1'), ['GET /one'], [200]],
  ['bytes above 127 in a value', head(`X: \xe4\r\n${CLOSE}`, 'GET /one HTTP/1.1'), ['GET /one'], [200]],
  [
    'a token of odd characters',
    head(`!#$%&'*+-.^_\`|~9: 1\r\n${CLOSE}`, 'GET /one HTTP/1.1'),
    ['GET /one'],
    [200],
  ],
  ['150 lines', head(`${'X: y\r\n'.repeat(150)}${CLOSE}`, 'GET /one HTTP/1.1'), ['GET /one'], [200]],
  [
    'Upgrade to HTTP/2',
    head(
      `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`,
      'GET /one HTTP/1.1',
    ),
    ['GET /one'],
    [200],
  ],
  [
    'an expectation',
    `${head(`Expect: 100-continue\r\nContent-Length: 3\r\n${CLOSE}`)}abc`,
    ['POST /one'],
    [100, 200],
  ],
];

/** What, what the instance says, what the client gets of it (0: the connection breaks), whether the rest is cut off. */
const ANSWERS: [string, string, number, string?][] = [
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk', 502],
  [
    'length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    502,
  ],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok', 502],
  ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 502],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok', 502],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok', 502],
  ['NUL', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok', 502],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.6 and so on and so on\r\n', 502],
  ['a status that is none', 'HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok', 502],
  ['an unasked switch', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 502],
  ['too large a head', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\nok`, 502],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'],
  [
    'a second answer behind the first',
    `${PLAIN}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`,
    200,
    'ok',
  ],
  ['104, then the answer', `HTTP/1.1 104 Odd\r\n\r\n${PLAIN}`, 200, 'ok'],
];

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
