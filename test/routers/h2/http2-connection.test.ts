/** How connections of HTTP/2 end. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { answerOf } from '../support/http2-answer.ts';
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

  it('closes them also where the client goes on to say that it is there', async () => {
    const quick = await secureRouter({ limits: { head: 300, keepAlive: 300 } });
    await quick.lead([blue.port]);
    const session = connect(`https://localhost:${quick.port}`, { ca: quick.ca });
    const closed = once(session, 'close');
    expect((await answerOf(session.request({ ':path': '/' }))).status).toBe(200);
    const pings = setInterval(() => {
      if (!session.closed && !session.destroyed) session.ping(() => undefined);
    }, 50);
    await closed.finally(() => clearInterval(pings));
    await quick.close();
  });
});
