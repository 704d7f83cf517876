/** How connections of HTTP/2 end. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { answerOf } from '../support/http2-answer.ts';
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  GET,
  headerBlock,
  type RawHttp2,
  rawHttp2,
} from '../support/raw-http2.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { type Backend, eventually } from '../support.ts';
import { type Http2Stage, http2Stage } from './http2-stage.ts';

describe('a connection of HTTP/2', () => {
  let stage: Http2Stage;
  let running: SecureRouter;
  let blue: Backend;
  let client: ClientHttp2Session;

  beforeEach(async () => {
    stage = await http2Stage();
    ({ running, blue, client } = stage);
  });
  afterEach(() => stage.close());
  const ask: Http2Stage['ask'] = (headers, body) => stage.ask(headers, body);

  it('tells a client politely that its connection has brought as many requests as it may', async () => {
    const limits = { ...HTTP_DEFAULTS.limits, requests: 2 };
    await running.lead([blue.port], { http: { ...HTTP_DEFAULTS, limits } });
    const closed = once(client, 'close');
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
    await closed;
  });

  it('sends clients elsewhere when its listener closes, and serves what is under way', async () => {
    const held: (() => void)[] = [];
    blue.handle = (_req, res) => held.push(() => res.end('held'));
    const answer = ask();
    await eventually('it is with the instance', () => held.length === 1);
    const goaway = once(client, 'goaway');
    const closed = once(client, 'close');
    await running.router.remove('shop');
    const [code] = (await goaway) as [number];
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
    held[0]!();
    expect((await answer).body).toBe('held');
    await closed;
  });

  it('takes the rest of a body from a client that was sent elsewhere', async () => {
    blue.handle = (req, res) => void req.pipe(res);
    const stream = client.request({ ':path': '/', ':method': 'POST' });
    const answer = answerOf(stream);
    stream.write('begun, ');
    await once(stream, 'response');
    const goaway = once(client, 'goaway');
    const closed = once(client, 'close');
    await running.router.remove('shop');
    await goaway;
    // By then the session is closed to what is new.
    await delay(700);
    for (let part = 0; part < 50; part += 1) stream.write('x'.repeat(10_000));
    stream.end(', whole');
    const { body } = await answer;
    expect(body).toBe(`begun, ${'x'.repeat(500_000)}, whole`);
    await closed;
  });

  it('closes connections without a request after some time', async () => {
    const quick = await secureRouter({ limits: { head: 100, keepAlive: 100 } });
    await quick.lead([blue.port]);
    const session = connect(`https://localhost:${quick.port}`, { ca: quick.ca });
    await once(session, 'connect');
    await once(session, 'close');
    await quick.close();
  });

  it('closes them also after a request during which nobody said anything for longer than that', async () => {
    const quick = await secureRouter({ limits: { head: 100, keepAlive: 100 } });
    await quick.lead([blue.port]);
    const held: (() => void)[] = [];
    blue.handle = (_req, res) => held.push(() => res.end('held'));
    const session = connect(`https://localhost:${quick.port}`, { ca: quick.ca });
    const closed = once(session, 'close');
    const answer = answerOf(session.request({ ':path': '/' }));
    await eventually('it is with the instance', () => held.length === 1);
    // Its time comes meanwhile: there is nothing to be seen of that.
    await delay(500);
    held[0]!();
    expect((await answer).body).toBe('held');
    await closed;
    await quick.close();
  });

  it.each([
    ['pings', frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ['settings', frame(FRAME.settings, 0, 0)],
  ])('closes them also where the client goes on to send %s', async (_what, said) => {
    const quick = await secureRouter({ limits: { head: 600, keepAlive: 600 } });
    await quick.lead([blue.port]);
    const raw = await rawHttp2(quick.port);
    const closed = once(raw.socket, 'close');
    raw.send(
      frame(FRAME.settings, ACK, 0),
      frame(FRAME.headers, END_HEADERS | END_STREAM, 1, headerBlock(GET)),
    );
    // Seldom enough to be no bother.
    const says = setInterval(() => raw.send(said), 250);
    await closed.finally(() => clearInterval(says));
    expect(raw.frames.some(({ type, stream }) => type === FRAME.data && stream === 1)).toBe(true);
    await quick.close();
  });

  describe('and a client that sends frames one by one', () => {
    let raw: RawHttp2;
    const request = (stream: number) =>
      frame(FRAME.headers, END_HEADERS | END_STREAM, stream, headerBlock(GET));
    const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    const has = (what: string, type: number, stream: number) =>
      eventually(what, () => raw.frames.find((one) => one.type === type && one.stream === stream));
    const body = async (stream: number) => String((await has('an answer', FRAME.data, stream)).payload);

    beforeEach(async () => {
      raw = await rawHttp2(running.port);
      raw.send(frame(FRAME.settings, ACK, 0));
    });
    afterEach(() => {
      vi.restoreAllMocks();
      raw.socket.destroy();
    });

    it('serves a request that comes with a sign of life after a long silence', async () => {
      raw.send(request(1));
      expect(await body(1)).toBe('blue');
      const now = performance.now.bind(performance);
      vi.spyOn(performance, 'now').mockImplementation(() => now() + 100_000);
      raw.send(ping, request(3));
      expect(await body(3)).toBe('blue');
    });

    it('says at once which requests it does not serve when its listener closes', async () => {
      const held: (() => void)[] = [];
      blue.handle = (_req, res) => held.push(() => res.end('held'));
      raw.send(request(1));
      await eventually('it is with the instance', () => held.length === 1);
      await running.router.remove('shop');
      const told = await has('it is told', FRAME.goaway, 0);
      expect(told.payload.readUInt32BE(0)).toBe(1);
      const closed = once(raw.socket, 'close');
      raw.send(request(3), ping);
      await has('it has read what came later', FRAME.ping, 0);
      held[0]!();
      expect(await body(1)).toBe('held');
      await closed;
      expect(held.length).toBe(1);
    });
  });
});
