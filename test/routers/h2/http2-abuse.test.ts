/**
 * What an attacker may do with HTTP/2: each is refused or has a bound, and the instance, which writes down what it takes
 * each byte for, never sees more than the client asked for in the open.
 */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLACED } from '../../../src/routers/embedded/http/head.ts';
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  GET,
  headerBlock,
  rawHttp2,
} from '../support/raw-http2.ts';
import { PLAIN, type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { eventually } from '../support.ts';
import { LINE_DROPPED, REFUSED, SMUGGLED, withValue } from './abuse-corpus.ts';

describe('HTTP/2 abuse', () => {
  let running: SecureRouter;
  let instance: RecordingInstance;

  const start = async (limits: Parameters<typeof secureRouter>[0] = {}) => {
    running = await secureRouter(limits);
    await running.lead([instance.port]);
  };
  beforeEach(async () => {
    instance = await recordingInstance();
    await start();
  });
  afterEach(async () => {
    await running.close();
    await instance.close();
  });
  const restart = async (options: Parameters<typeof secureRouter>[0]) => {
    await running.close();
    await start(options);
  };
  const whole = END_HEADERS | END_STREAM;
  const inFlight = () => running.router.observe('shop')?.inFlight.blue;
  /** The router still serves, and what the instance has seen besides is `seen`. */
  const servesOn = async () => {
    const client = await rawHttp2(running.port);
    client.send(frame(FRAME.headers, whole, 1, headerBlock(withValue(':path', '/last'))));
    await eventually('an answer', () => client.frames.some(({ type }) => type === FRAME.data));
    client.socket.destroy();
    await eventually('nothing is in flight', () => inFlight() === 0);
  };

  it('refuses every header list that could mean two things', async () => {
    for (const [what, lines] of [...REFUSED, ...LINE_DROPPED]) {
      const client = await rawHttp2(running.port);
      client.send(frame(FRAME.headers, whole, 1, headerBlock(lines)));
      const answers: readonly number[] = [FRAME.reset, FRAME.goaway, FRAME.headers];
      const reply = await eventually(
        what,
        () => client.frames.find(({ type }) => answers.includes(type)) ?? client.closed,
      );
      client.socket.destroy();
      // Status 200 is 0x88 in HPACK.
      const served = reply !== true && reply.type === FRAME.headers && reply.payload[0] === 0x88;
      expect(served, what).toBe(LINE_DROPPED.some(([name]) => name === what));
      expect(instance.seen, what).toEqual(served ? ['GET /one HTTP/1.1'] : []);
      for (const head of instance.heads)
        expect(head, what).not.toMatch(/^(?:x|y|transfer-encoding)\b(?!-)/im);
      instance.seen.length = 0;
      instance.heads.length = 0;
    }
    await servesOn();
    expect(instance.seen).toEqual(['GET /last HTTP/1.1']);
  });

  it('passes no trailer on that would frame, route or spoof anything, either way', async () => {
    const framing = [
      'Transfer-Encoding: chunked',
      'Connection: x',
      'Content-Length: 3',
      'TE: x',
      'Upgrade: h2c',
    ];
    instance.answer = () => ({
      text: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${framing.join('\r\n')}\r\nx-sum: 1\r\n\r\n`,
    });
    const client = await rawHttp2(running.port);
    const trailers = [...REPLACED, 'x-sum'].map((name) => [name, 'evil'] as const);
    client.send(
      frame(FRAME.headers, END_HEADERS, 1, headerBlock(withValue(':method', 'POST'))),
      frame(FRAME.data, 0, 1, Buffer.from('abc')),
      frame(FRAME.headers, whole, 1, headerBlock(trailers)),
    );
    await eventually('an answer with its trailer', () =>
      client.frames.some(({ type, flags }) => type === FRAME.headers && (flags & END_STREAM) !== 0),
    );
    expect(instance.bodies).toEqual(['3\r\nabc\r\n0\r\nx-sum: evil\r\n\r\n']);
    client.socket.destroy();
    await servesOn();
  });

  it.each([
    ['205 with a body', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok', '205'],
    ['a status beyond 599', 'HTTP/1.1 777 Odd\r\nContent-Length: 2\r\n\r\nok', '502'],
  ])('an instance that answers %s', async (_what, text, status) => {
    instance.answer = (path) => ({ text: path === '/one' ? text : PLAIN });
    const client = connect(`https://127.0.0.1:${running.port}`, { rejectUnauthorized: false });
    const stream = client.request({ ':path': '/one' });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(String(headers[':status'])).toBe(status);
    stream.resume();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(0);
    client.close();
    await servesOn();
  });

  it('says one request where the body holds another one', async () => {
    const client = await rawHttp2(running.port);
    const post = headerBlock([...withValue(':method', 'POST'), ['content-length', String(SMUGGLED.length)]]);
    client.send(
      frame(FRAME.headers, END_HEADERS, 1, post),
      frame(FRAME.data, END_STREAM, 1, Buffer.from(SMUGGLED)),
    );
    client.send(
      frame(FRAME.headers, END_HEADERS, 3, headerBlock(withValue(':method', 'POST'))),
      frame(FRAME.data, END_STREAM, 3, Buffer.from(`0\r\n\r\n${SMUGGLED}`)),
    );
    await eventually('two requests', () => instance.seen.length === 2);
    expect(instance.seen).toEqual(['POST /one HTTP/1.1', 'POST /one HTTP/1.1']);
    client.socket.destroy();
  });

  it.each([
    ['longer than', '3'],
    ['shorter than', '300'],
  ])('never completes a request whose body is %s its length', async (_what, length) => {
    const client = await rawHttp2(running.port);
    const post = headerBlock([...withValue(':method', 'POST'), ['content-length', length]]);
    client.send(
      frame(FRAME.headers, END_HEADERS, 1, post),
      frame(FRAME.data, END_STREAM, 1, Buffer.from(SMUGGLED)),
    );
    await eventually(
      'it is refused',
      () => client.closed || client.frames.some(({ type }) => type === FRAME.reset),
    );
    await servesOn();
    expect(instance.seen).toEqual(['GET /last HTTP/1.1']);
    client.socket.destroy();
  });

  it('bounds rapid resets, and no instance hears of a stream reset at once', async () => {
    const client = await rawHttp2(running.port);
    const block = headerBlock(GET);
    for (let id = 1; id < 4_000 && !client.closed; id += 2) {
      client.send(frame(FRAME.headers, whole, id, block), frame(FRAME.reset, 0, id, Buffer.of(0, 0, 0, 8)));
      if (id % 200 === 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('it is closed', () => client.closed);
    await servesOn();
    expect(instance.seen).toEqual(['GET /last HTTP/1.1']);
  });

  it.each([
    ['CANCEL', 8],
    ['NO_ERROR', 0],
  ])('bounds resets of streams that have reached the instance: %s', async (_what, code) => {
    instance.answer = (path) =>
      path === '/last' ? { text: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' } : { text: '' };
    const client = await rawHttp2(running.port);
    const block = headerBlock(GET);
    for (let id = 1; id < 2_000 && !client.closed; id += 2) {
      client.send(frame(FRAME.headers, whole, id, block));
      await new Promise((resolve) => setTimeout(resolve, 1));
      client.send(frame(FRAME.reset, 0, id, Buffer.of(0, 0, 0, code)));
    }
    await eventually('it is closed', () => client.closed);
    expect(instance.seen.length).toBeLessThan(400);
    await servesOn();
  });

  it.each([
    ['PING', () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ['SETTINGS', () => frame(FRAME.settings, 0, 0, Buffer.of(0, 3, 0, 0, 0, 100))],
    ['empty SETTINGS', () => frame(FRAME.settings, 0, 0)],
  ])('closes a connection that floods with %s', async (_what, make) => {
    const client = await rawHttp2(running.port);
    for (let i = 0; i < 2_000 && !client.closed; i += 1) {
      client.send(make());
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('it is closed', () => client.closed);
    await servesOn();
  });

  it('closes a connection that floods with CONTINUATION', async () => {
    const client = await rawHttp2(running.port);
    client.send(frame(FRAME.headers, END_STREAM, 1, headerBlock(GET)));
    const more = headerBlock([['x-more', 'x'.repeat(100)]]);
    for (let i = 0; i < 2_000 && !client.closed; i += 1) {
      client.send(frame(FRAME.continuation, 0, 1, more));
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('it is closed', () => client.closed);
    await servesOn();
    expect(instance.seen).toEqual(['GET /last HTTP/1.1']);
  });

  it('refuses a bomb: a head that is small on the wire and large once it is read', async () => {
    const client = await rawHttp2(running.port);
    // One line of 4,000 bytes into the table (0x40: with indexing), and 1,000 references to it (62: the newest one).
    const line = Buffer.concat([Buffer.of(0x40), headerBlock([['x-bomb', 'x'.repeat(3_900)]]).subarray(1)]);
    const block = Buffer.concat([headerBlock(GET), line, Buffer.alloc(1_000, 0x80 | 62)]);
    client.send(frame(FRAME.headers, whole, 1, block));
    await eventually(
      'it is refused',
      () => client.closed || client.frames.some(({ type }) => type === FRAME.reset || type === FRAME.headers),
    );
    await servesOn();
    expect(instance.seen).toEqual(['GET /last HTTP/1.1']);
    client.socket.destroy();
  });

  it('grants so many streams at a time and refuses more', async () => {
    instance.answer = () => ({ text: '' });
    const client = await rawHttp2(running.port);
    const block = headerBlock(GET);
    await eventually('settings', () => client.frames.some(({ type }) => type === FRAME.settings));
    client.send(frame(FRAME.settings, ACK, 0));
    for (let i = 0; i < 150; i += 1) client.send(frame(FRAME.headers, whole, 2 * i + 1, block));
    await eventually(
      'refusals',
      () => client.closed || client.frames.some(({ type }) => type === FRAME.reset),
    );
    await eventually('the rest is there', () => client.closed || instance.seen.length === 100);
    expect(instance.seen.length).toBeLessThanOrEqual(100);
    client.socket.destroy();
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('lets go of answers that a client with an empty window does not read', async () => {
    await restart({ limits: { sendIdle: 300, bodyIdle: 300 } });
    instance.answer = () => ({
      text: `HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`,
    });
    // SETTINGS_INITIAL_WINDOW_SIZE 0.
    const client = await rawHttp2(running.port, Buffer.of(0, 4, 0, 0, 0, 0));
    const block = headerBlock(GET);
    for (let i = 0; i < 20; i += 1) client.send(frame(FRAME.headers, whole, 2 * i + 1, block));
    await eventually('all are with the instance', () => instance.seen.length === 20);
    await eventually('all are let go', () => inFlight() === 0);
    await eventually(
      'the streams are reset',
      () => client.closed || client.frames.filter(({ type }) => type === FRAME.reset).length === 20,
    );
    client.socket.destroy();
  });

  it('closes a connection on which nothing is asked for, whatever else is sent', async () => {
    await restart({ limits: { head: 200, keepAlive: 200 } });
    const client = await rawHttp2(running.port);
    const update = frame(FRAME.windowUpdate, 0, 0, Buffer.of(0, 0, 0, 1));
    await eventually('it is closed', async () => {
      client.send(update);
      await new Promise((resolve) => setTimeout(resolve, 250));
      return client.closed;
    });
  });

  it('speaks HTTP/2 only where it was chosen', async () => {
    const { connect } = await import('node:tls');
    const socket = connect({ port: running.port, host: '127.0.0.1', rejectUnauthorized: false });
    let answer = '';
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await eventually('it is refused', () => socket.closed);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|505)/);
    expect(instance.seen).toEqual([]);
  });
});
