/** Clients and instances that go on and on: what they cost has a bound, and the others are answered to the end. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { createTurns } from '../../../src/routers/embedded/http/turns.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import { askRaw, eventually, freePort, routing } from '../support.ts';

describe.each([
  ['fast path', true],
  ["node's own server", false],
] as const)('bounds: %s', (_name, fastPath) => {
  let running: InProcessRouter;
  let instance: RecordingInstance;
  let port: number;

  beforeAll(async () => {
    running = await inProcessRouter({ fastPath });
    port = await freePort();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    instance = await recordingInstance();
    await lead({});
  });
  afterEach(() => instance.close());

  const lead = (limits: Partial<(typeof HTTP_DEFAULTS)['limits']>) =>
    running.router.apply(
      routing(port, [], {
        http: { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, ...limits } },
        endpoints: { blue: [{ host: '127.0.0.1', port: instance.port }], green: [] },
        health: { blue: null, green: null },
      }),
    );
  const failed = () =>
    running.router.traffic(0).reduce((sum, { requests }) => sum + requests['4xx'] + requests.unreachable, 0);

  it.each([
    ['103', 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'],
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ])('an instance that says %s and never an answer: 502, and it is let go', async (_status, head) => {
    const many = head.repeat(500);
    let ended = false;
    instance.answer = () => ({ text: '' });
    instance.onSocket = (socket) => {
      socket.on('close', () => {
        ended = true;
      });
      const more = () => {
        while (socket.writable) if (!socket.write(many)) return void socket.once('drain', more);
      };
      socket.once('data', more);
    };
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    client.pause();
    await eventually('the instance is let go', () => ended);
    let answer = '';
    client.setEncoding('latin1').on('data', (more: string) => {
      answer += more;
    });
    client.resume();
    await once(client, 'close');
    expect(answer).toMatch(/(?:^|\r\n\r\n)HTTP\/1\.1 502 /);
  });

  it('a client that is told 413 while it still sends gets to read it, and nothing behind it is a request', async () => {
    await lead({ body: 10_000 });
    const before = failed();
    const client = connect(port, '127.0.0.1');
    client.pause();
    const piece = Buffer.alloc(16_384, 'x');
    const chunk = Buffer.concat([Buffer.from('4000\r\n'), piece, Buffer.from('\r\n')]);
    const write = (bytes: Buffer | string) =>
      new Promise<void>((resolve, reject) =>
        client.write(bytes, (error) => (error ? reject(error) : resolve())),
      );
    await write('POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n');
    await write(chunk);
    await eventually('it is refused', () => failed() > before);
    // Had the router closed by now, this would be answered with a reset, and the answer would be lost.
    for (let i = 0; i < 100; i += 1) await write(chunk);
    await write('0\r\n\r\nGET /behind HTTP/1.1\r\nHost: h\r\n\r\n');
    let answer = '';
    client.setEncoding('latin1').on('data', (more: string) => {
      answer += more;
    });
    client.resume();
    await Promise.race([once(client, 'end'), once(client, 'close')]);
    client.destroy();
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    expect(answer).toContain('\r\nConnection: close\r\n');
    await askRaw(port, 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(instance.seen.filter((line) => line.startsWith('GET'))).toEqual(['GET /last HTTP/1.1']);
  });

  it('the last request of a connection is told so where the answer is the router’s own', async () => {
    await lead({ requests: 1 });
    instance.answer = () => ({ text: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n' });
    const answer = await askRaw(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 502 [\s\S]*\r\nConnection: close\r\n/);
    expect(instance.seen).toHaveLength(1);
  });
});

it('of requests that come ahead few wait here, and all are answered in their order', async () => {
  const REQUESTS = 20_000;
  const turns = createTurns();
  let arrived = 0;
  let served = 0;
  let most = 0;
  const due: ServerResponse[] = [];
  const server = createServer((req, res) => {
    arrived += 1;
    most = Math.max(most, arrived - served);
    turns.wait(req.socket, res, () => {
      served += 1;
      due.push(res);
      if (arrived > 100) setImmediate(answer, req.url!);
    });
  });
  const answer = (path: string) => due.shift()?.end(path.slice(1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let got = '';
  client.setEncoding('latin1').on('data', (more: string) => {
    got += more;
  });
  client.write(
    Array.from({ length: REQUESTS }, (_, i) => `GET /<${i}> HTTP/1.1\r\nHost: h\r\n\r\n`).join(''),
  );
  await eventually('many are here', () => arrived > 100);
  answer('/<0>');
  await eventually('all answers', () => got.includes(`<${REQUESTS - 1}>`), 60_000);
  client.destroy();
  server.close();
  const numbers = [...got.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: REQUESTS }, (_, i) => i));
  // What one read brings, and a few.
  expect(most).toBeLessThan(6_000);
});
