/**
 * What an attacker may try who knows how the router is made: between its two transports, behind a request that is still
 * served, with names that only look like Teal's own. The router serves on, nothing stays in flight, and no instance
 * sees more than it should.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { PLAIN, type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import { askRaw, eventually, freePort, routing } from '../support.ts';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
/** In absolute form: served by node's own server, whichever transport is asked first. */
const SLOW = 'GET http://h/slow HTTP/1.1\r\nHost: h\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

describe.each([
  ['fast path', true],
  ["node's own server", false],
])('attacks, %s', (_name, fastPath) => {
  let running: InProcessRouter;
  let instance: RecordingInstance;
  let port: number;

  beforeAll(async () => {
    running = await inProcessRouter({ fastPath, limits: { head: 400 } });
    [instance, port] = await Promise.all([recordingInstance(), freePort()]);
    const endpoints = { blue: [{ host: '127.0.0.1', port: instance.port }], green: [] };
    await running.router.apply(
      routing(port, [], { endpoints, health: { blue: null, green: null }, hold: 0 }),
    );
    await eventually('it is healthy', () => running.router.observe('shop')?.healthy.blue === 1);
  });
  afterAll(async () => {
    await running.close();
    await instance.close();
  });
  beforeEach(() => {
    instance.seen.length = 0;
    instance.heads.length = 0;
    instance.answer = (path) => ({ text: path === '/slow' ? '' : PLAIN });
  });

  const inFlight = () => running.router.observe('shop')?.inFlight.blue;

  it.each([
    ['an upgrade', `GET /x HTTP/1.1\r\nHost: h\r\n${UPGRADE}`],
    ['an upgrade with a body', `GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n${UPGRADE}x`],
    ['an upgrade without a host', `GET /x HTTP/1.1\r\nHost: a/b\r\n${UPGRADE}`],
    ['CONNECT', 'CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n'],
    ['something malformed', 'GET /x HTTP/1.1\r\nHost : h\r\n\r\n'],
  ])('%s behind a request that is still served ends both, and nothing else', async (_what, second) => {
    expect(await askRaw(port, SLOW + second)).toMatch(/^(HTTP\/1\.1 400 [\s\S]*)?$/);
    const client = connect(port, '127.0.0.1', () => client.write(SLOW));
    await eventually('the first is with the instance', () => instance.seen.includes('GET /slow HTTP/1.1'));
    client.on('error', () => undefined).resume();
    client.write(second, 'latin1');
    await eventually('the connection ends', () => client.closed);
    await eventually('nothing is in flight', () => inFlight() === 0);
    expect(instance.seen.filter((line) => !line.startsWith('GET /slow'))).toEqual([]);
    expect(await askRaw(port, LAST)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['a malformed head', 'GET / HTTP/1.1\r\nHost : h\r\n\r\n', 400, 'The request is malformed.'],
    ['a head that does not come', 'GET / HTTP/1.1\r\nHo', 408, 'The head of the request did not come.'],
    ['no head at all', '', 408, 'The head of the request did not come.'],
    ['too large a head', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'is larger'],
    [
      'too much beside a chunk',
      `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;${'x'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`,
      413,
      'too much beside',
    ],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n', 417, '100-continue'],
    ['CONNECT', 'CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n', 405, 'not served'],
    ['an address without a host', 'GET http:///one HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'not a host'],
  ])('%s: told why, and the connection ends', async (_what, bytes, status, why) => {
    const answer = await askRaw(port, bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/\r\nConnection: close/);
    expect(body).toContain(why);
    expect(head).toMatch(new RegExp(`\r\nContent-Length: ${body.length}\r\n`));
    expect(instance.seen).toEqual([]);
  });

  it('an address with another host than the Host line goes where the address says', async () => {
    await askRaw(port, 'GET http://other/one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(instance.heads[0]).toMatch(/^host: other$/im);
    expect(instance.heads[0]).toMatch(/^x-forwarded-host: other$/im);
  });

  it('no name that looks like one of Teal’s own reaches an instance, nor a secret, nor Teal’s cookies', async () => {
    const lines = [
      ...['X_Forwarded_For: 6.6.6.6', 'x-forwarded_for: 6.6.6.6', 'X_Forwarded_Proto: https'],
      ...['X_Forwarded-Host: evil', 'X_Request_Id: evil', 'X_Teal_Preview: open-sesame:blue'],
      ...['Forwarded: for=6.6.6.6', 'Cookie: a=1; teal_id=evil.x; teal_pin=evil.y.z'],
    ];
    const ask = (more: string) =>
      askRaw(port, `GET /one HTTP/1.1\r\nHost: h\r\n${lines.join('\r\n')}\r\n${more}\r\n`);
    await ask('Connection: close\r\n');
    await ask('x-TEAL-preview: open-sesame:blue\r\nConnection: close\r\n');
    await ask('Connection: close, Host, Cookie, X-Forwarded-For, X-Request-Id, X-Teal-Preview\r\n');
    expect(instance.heads).toHaveLength(3);
    for (const head of instance.heads) {
      expect(head).not.toMatch(/^[^:\r]*_[^:\r]*:|-preview|evil|6\.6\.6\.6|sesame|teal/im);
      expect(head).toMatch(/^x-forwarded-for: 127\.0\.0\.1$/im);
      expect(head).toMatch(/^host: h$/im);
    }
  });

  it('an answer whose reason is not ASCII reaches the client', async () => {
    instance.answer = () => ({ text: PLAIN.replace('OK', 'Gr\xfc\xdfe') });
    for (const target of ['/one', 'http://h/one']) {
      expect(await askRaw(port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 200 [\s\S]*ok$/,
      );
    }
  });
});
