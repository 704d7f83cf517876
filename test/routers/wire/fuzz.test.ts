/**
 * Bytes at random, the same ones in every run: what the fast path takes for a request, node's own strict parser takes for
 * the same one; and nothing that is sent ends the router.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestHead } from '../../../src/routers/embedded/wire/request-head.ts';
import { FRAME, frame, GET, headerBlock, rawHttp2 } from '../support/raw-http2.ts';
import { type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { eventually } from '../support.ts';

/** Numbers from 0 to 2^32 - 1 (xorshift, G. Marsaglia 2003). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const LINES = [
  'GET / HTTP/1.1',
  'POST /a?b=c HTTP/1.1',
  'HEAD /%41 HTTP/1.1',
  'Host: h',
  'Host: h:80',
  'Content-Length: 0',
  'Content-Length: 03',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'Connection: keep-alive, x',
  'Cookie: a=b; c=d',
  'X-A:\t v \t',
  'x-b:',
  'Expect: 100-continue',
  'Upgrade: h2c',
];
const NASTY = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '\x7f',
  '\x80',
  '\xff',
  '/',
  '#',
  'A',
  '0',
  '+',
];

/** A head that is right or nearly so. */
function head(random: (below: number) => number): string {
  const lines = [LINES[random(3)]!];
  if (random(8) > 0) lines.push(LINES[3 + random(2)]!);
  for (let left = random(5); left > 0; left -= 1) lines.push(LINES[random(LINES.length)]!);
  let text = `${lines.join('\r\n')}\r\n\r\n`;
  for (let left = random(3); left > 0; left -= 1) {
    const at = random(text.length);
    const cut = random(3);
    text = text.slice(0, at) + (random(3) > 0 ? NASTY[random(NASTY.length)]! : '') + text.slice(at + cut);
  }
  return text;
}

describe('the parser of the fast path beside that of node', () => {
  let server: Server;
  let port: number;
  let met: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'> | null = null;

  beforeAll(async () => {
    server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
      met = { method: req.method ?? '', url: req.url ?? '', rawHeaders: req.rawHeaders };
      res.writeHead(204, { connection: 'close' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('takes nothing that node refuses or reads otherwise', { timeout: 60_000 }, async () => {
    const random = randomNumbers(20_261_124);
    const parsed = new RequestHead();
    const texts = new Set<string>();
    while (texts.size < 600) {
      const text = head(random);
      const bytes = Buffer.from(text, 'latin1');
      if (parsed.parse(bytes, 0, bytes.length) === bytes.length) texts.add(text);
    }
    for (const text of texts) {
      const bytes = Buffer.from(text, 'latin1');
      parsed.parse(bytes, 0, bytes.length);
      const { lines } = parsed;
      const raw: string[] = [];
      for (let i = 0; i < lines.count; i += 1) {
        raw.push(bytes.toString('latin1', lines.nameStart[i]!, lines.nameEnd[i]!));
        raw.push(bytes.toString('latin1', lines.valueStart[i]!, lines.valueEnd[i]!));
      }
      const ours = { method: parsed.method as string, url: parsed.target(bytes), rawHeaders: raw };
      met = null;
      const client = connect(port, '127.0.0.1', () =>
        client.end(text + '0'.repeat(parsed.contentLength), 'latin1'),
      );
      client.on('error', () => undefined).resume();
      await once(client, 'close');
      expect(met, JSON.stringify(text)).toEqual(ours);
    }
  });
});

describe('the router under random bytes', () => {
  let running: SecureRouter;
  let instance: RecordingInstance;

  beforeAll(async () => {
    running = await secureRouter({ limits: { head: 300 } });
    instance = await recordingInstance();
    await running.lead([instance.port]);
  });
  afterAll(async () => {
    await running.close();
    await instance.close();
  });

  it('frames of HTTP/2: serves on, and nothing stays in flight', { timeout: 60_000 }, async () => {
    const random = randomNumbers(7_540);
    const block = headerBlock(GET);
    for (let connection = 0; connection < 40; connection += 1) {
      const client = await rawHttp2(running.port);
      for (let i = 0; i < 30 && !client.closed; i += 1) {
        const payload =
          random(3) === 0 ? block : Buffer.from(Array.from({ length: random(64) }, () => random(256)));
        client.send(frame(random(11), random(64), random(4) * random(3), payload));
        if (random(4) === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      client.socket.destroy();
    }
    const client = await rawHttp2(running.port);
    client.send(frame(FRAME.headers, 5, 1, block));
    await eventually('an answer', () => client.frames.some(({ type }) => type === FRAME.data));
    client.socket.destroy();
    await eventually('nothing is in flight', () => running.router.observe('shop')?.inFlight.blue === 0);
    for (const line of instance.seen) expect(line).toBe('GET /one HTTP/1.1');
  });

  it('streams that the client makes the router reset are bounded like those that it resets itself', async () => {
    const client = await rawHttp2(running.port);
    const block = headerBlock(GET);
    const before = instance.seen.length;
    // A window that grows by nothing is an error of the stream (RFC 9113, 6.9).
    const nothing = Buffer.alloc(4);
    for (let id = 1; id < 6_000 && !client.closed; id += 2) {
      client.send(frame(FRAME.headers, 5, id, block), frame(FRAME.windowUpdate, 0, id, nothing));
      if (id % 100 === 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('it is closed', () => client.closed);
    expect(instance.seen.length - before).toBeLessThan(1_000);
    await eventually('nothing is in flight', () => running.router.observe('shop')?.inFlight.blue === 0);
  });
});
