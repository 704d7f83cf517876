/** What goes through node's own server: everything unusual in HTTP/1.1, said to instances as it came. */
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { PLAIN, type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import { askRaw, eventually, freePort, routing } from '../support.ts';

const CLOSE = 'Host: h\r\nConnection: close\r\n';

describe.each([
  ['fast path', true],
  ["node's own server", false],
] as const)('an exchange: %s', (_name, fastPath) => {
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
    const endpoints = { blue: [{ host: '127.0.0.1', port: instance.port }], green: [] };
    await running.router.apply(routing(port, [], { endpoints, health: { blue: null, green: null } }));
  });
  afterEach(() => instance.close());

  it('passes trailers of a request on, but none that would frame or route it anew', async () => {
    const trailers = 'X-Sum: 3\r\nContent-Type: evil\r\nX-Forwarded-For: me\r\nHost: evil\r\nx-last: yes\r\n';
    const body = `3;ext=1\r\nabc\r\n0\r\n${trailers}\r\n`;
    await askRaw(
      port,
      `POST /up HTTP/1.1\r\n${CLOSE}Trailer: X-Sum\r\nTRANSFER-encoding: chunked\r\n\r\n${body}`,
    );
    expect(instance.bodies).toEqual(['3\r\nabc\r\n0\r\nX-Sum: 3\r\nx-last: yes\r\n\r\n']);
    expect(instance.heads[0]).toMatch(/\r\nTrailer: X-Sum\r\nTRANSFER-encoding: chunked\r\n/);
  });

  it('passes an answer with 300 lines on', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `Set-Cookie: c${i}=${i}\r\n`).join('');
    instance.answer = () => ({ text: `HTTP/1.1 200 OK\r\n${lines}Content-Length: 2\r\n\r\nok` });
    const answer = await askRaw(port, `GET / HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(answer).toContain(lines);
    expect(answer.endsWith('\r\n\r\nok')).toBe(true);
  });

  it('passes 103 on, however its links are written', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload, </b.js>\r\nLink: <odd\r\n\r\n';
    instance.answer = () => ({ text: hints + PLAIN });
    const answer = await askRaw(port, `GET / HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(answer.startsWith(hints)).toBe(true);
    expect(answer).toMatch(/\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/);
  });

  it('an answer without a length that breaks off does not look whole to HTTP/1.0', async () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf';
    instance.answer = () => ({ text, close: true });
    await expect(askRaw(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')).rejects.toThrow(/ECONNRESET/);
  });

  it('an answer that comes before the body has gone up reaches the client whole', async () => {
    instance.onSocket = (socket) => socket.once('data', () => socket.write(PLAIN));
    const client = connect(port, '127.0.0.1');
    let answer = '';
    client.setEncoding('latin1').on('data', (more: string) => {
      answer += more;
    });
    client.write('POST /early HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await eventually('the answer', () => answer.endsWith('\r\n\r\nok'));
    client.write('0\r\n\r\n');
    client.destroy();
    expect(instance.seen.filter((line) => line.startsWith('POST'))).toEqual([]);
    await eventually('nothing is in flight', () => running.router.observe('shop')?.inFlight.blue === 0);
  });
});

it('the router serves without undici', async () => {
  const router = new URL('../../../src/routers/embedded/router.ts', import.meta.url);
  const worker = new URL('../../../src/routers/embedded/workers/worker.ts', import.meta.url);
  const script = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(router.href)});
    await import(${JSON.stringify(worker.href)});
    const { cache } = createRequire(import.meta.url);
    const isLoaded = () => Object.keys(cache).some((file) => file.includes('node_modules/undici/'));
    console.log(isLoaded());
    await import('undici');
    console.log(isLoaded());
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(stdout.trim().split('\n')).toEqual(['false', 'true']);
});
