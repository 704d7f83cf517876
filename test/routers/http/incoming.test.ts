import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incomingOf } from '../../../src/routers/embedded/http/incoming.ts';
import { UNFIT } from '../../../src/routers/embedded/wire/header-lines.ts';
import { RequestHead } from '../../../src/routers/embedded/wire/request-head.ts';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const get = (lines: string, target = '/chat?a=1') => `GET ${target} HTTP/1.1\r\nHost: h\r\n${lines}\r\n`;

/** As the fast path reads it; null: it is node's to read. */
function read(text: string): IncomingMessage | null {
  const head = new RequestHead();
  const bytes = Buffer.from(text, 'latin1');
  expect(head.parse(bytes, 0, bytes.length)).toBe(UNFIT);
  if (head.upgradeEnd === 0) return null;
  expect(head.upgradeEnd).toBe(bytes.length);
  return incomingOf(head, bytes, new Socket());
}

const facts = ({ method, url, httpVersion, rawHeaders, headers, complete }: IncomingMessage) => ({
  ...{ method, url, httpVersion, rawHeaders, complete },
  headers: { ...headers },
});

describe('a request for another protocol', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    [
      'by a browser',
      get(
        `Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nOrigin: http://h\r\nCookie: a=b; c="d"\r\n`,
      ),
    ],
    ['in any case', get('CONNECTION:upgrade\r\nUPGRADE:  WebSocket  \r\nX-Umlaut: \xe4\xff\r\n')],
    ['of an unknown name', get('Connection: ,Upgrade ,\r\nUpgrade: echo/1, b\r\nX-Empty:\r\n', '/')],
    ['with a length of nothing', get(`Content-Length: 0\r\n${UPGRADE}`)],
    ['with names that objects know', get(`${UPGRADE}constructor: 1\r\ntoString: 2\r\nhasOwnProperty: 3\r\n`)],
  ])('%s is what node reads', async (_how, text) => {
    const met = once(server, 'upgrade') as Promise<[IncomingMessage, Duplex]>;
    const client = connect(port, '127.0.0.1');
    client.write(text, 'latin1');
    const [req, socket] = await met;
    expect(facts(read(text)!)).toEqual({ ...facts(req), complete: true });
    socket.destroy();
    client.destroy();
  });

  it.each([
    ['Upgrade that Connection does not name', get('Connection: keep-alive\r\nUpgrade: websocket\r\n')],
    ['Upgrade without Connection', get('Upgrade: websocket\r\n')],
    ['Connection without Upgrade', get('Connection: Upgrade\r\n')],
    ['an Upgrade to nothing', get('Connection: Upgrade\r\nUpgrade:\r\n')],
    ['a connection that ends', get('Connection: close, Upgrade\r\nUpgrade: websocket\r\n')],
    ['lines that end here', get('Connection: Upgrade, X-A\r\nUpgrade: websocket\r\nX-A: 1\r\n')],
    ['two of Upgrade', get(`${UPGRADE}Upgrade: h2c\r\n`)],
    ['two of Connection', get(`${UPGRADE}Connection: keep-alive\r\n`)],
    ['two of Host', get(`Host: g\r\n${UPGRADE}`)],
    ['two of any name', get(`${UPGRADE}X-A: 1\r\nx-a: 2\r\n`)],
    ['a body', get(`${UPGRADE}Content-Length: 1\r\n`)],
    ['chunks', get(`${UPGRADE}Transfer-Encoding: chunked\r\n`)],
    ['an expectation', get(`${UPGRADE}Expect: 100-continue\r\n`)],
    ['a preview', get(`${UPGRADE}X-Teal-Preview: s:blue\r\n`)],
    ['another method', get(UPGRADE).replace('GET', 'POST')],
    ['HTTP/1.0', get(UPGRADE).replace('1.1', '1.0')],
    ['an absolute target', get(UPGRADE, 'http://h/')],
    ['no host', get(UPGRADE).replace('Host: h\r\n', '')],
    ['a host that is none', get(UPGRADE).replace('Host: h', 'Host: a/b')],
    ['a line that is none', get(`${UPGRADE}X-A : 1\r\n`)],
  ])("with %s is left to node's own parser", (_what, text) => {
    expect(read(text)).toBeNull();
  });

  it('is no longer one after another head was read', () => {
    const head = new RequestHead();
    const [first, second] = [get(UPGRADE), get('Connection: Upgrade\r\n')].map((text) => Buffer.from(text));
    head.parse(first!, 0, first!.length);
    expect(head.upgradeEnd).toBe(first!.length);
    head.parse(second!, 0, second!.length);
    expect(head.upgradeEnd).toBe(0);
    head.parse(first!, 0, first!.length - 1);
    expect(head.upgradeEnd).toBe(0);
  });
});
