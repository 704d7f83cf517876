/** The connections to instances that speak h2c: how many, which requests go again, when they end. */
import { once } from 'node:events';
import { type ClientHttp2Session, constants, type ServerHttp2Session } from 'node:http2';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf } from '../support/http2-answer.ts';
import type { SecureRouter } from '../support/secure-router.ts';
import { eventually, freePort } from '../support.ts';
import { GRPC, message } from './grpc-call.ts';
import { H2C, type H2cInstance, h2cInstance } from './h2c-instance.ts';
import { type H2cStage, h2cStage } from './h2c-stage.ts';

describe('sessions with instances that speak h2c', () => {
  let stage: H2cStage;
  let running: SecureRouter;
  let blue: H2cInstance;
  let client: ClientHttp2Session;

  beforeEach(async () => {
    stage = await h2cStage();
    ({ running, blue, client } = stage);
  });
  afterEach(() => stage.close());
  const inFlight = () => stage.inFlight();

  it('keeps to the streams that an instance takes, with as many sessions as that needs', async () => {
    const narrow = await h2cInstance('narrow', { maxConcurrentStreams: 3 });
    await running.lead([narrow.port], H2C);
    let now = 0;
    let most = 0;
    narrow.handle = (stream) => {
      now += 1;
      const { session } = stream;
      const open = (session as ServerHttp2Session & { open?: number }).open ?? 0;
      Object.assign(session!, { open: open + 1 });
      most = Math.max(most, open + 1);
      setTimeout(() => {
        now -= 1;
        Object.assign(session!, { open: ((session as { open?: number }).open ?? 1) - 1 });
        stream.respond({ ':status': 200 });
        stream.end('narrow');
      }, 30);
    };
    const all = Array.from({ length: 30 }, (_, i) => answerOf(client.request({ ':path': `/${i}` })));
    for (const { body } of await Promise.all(all)) expect(body).toBe('narrow');
    expect(most).toBeLessThanOrEqual(3);
    expect(narrow.seen.length).toBe(30);
    expect(now).toBe(0);
    await narrow.close();
  });

  it('sends again what an instance that says goodbye has not begun, and nothing that it may have', async () => {
    let begun = 0;
    blue.handle = (stream, headers) => {
      if (headers[':path'] === '/warm') {
        stream.respond({ ':status': 200 });
        return void stream.end('warm');
      }
      begun += 1;
      if (begun === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else {
        stream.respond({ ':status': 200 });
        stream.end(`try ${begun}`);
      }
    };
    await answerOf(client.request({ ':path': '/warm' }));
    // Refused before anything was done: a POST without a body may go again, too.
    const again = await answerOf(client.request({ ':method': 'POST', ':path': '/' }, { endStream: true }));
    expect(again.body).toBe('try 2');
    // GOAWAY: what is under way ends, what comes goes by another session.
    const [session] = [...blue.sessions];
    session!.close();
    await eventually('that session ends', () => !blue.sessions.has(session!));
    expect((await answerOf(client.request({ ':path': '/' }))).body).toBe('try 3');
    // A connection that ends in the middle of a POST: nobody knows what was done.
    blue.handle = (stream) => stream.session?.destroy();
    begun = 0;
    const lost = client.request(GRPC);
    lost.on('error', () => undefined);
    lost.end(message('once'));
    expect((await answerOf(lost)).headers).toMatchObject({ ':status': 200, 'grpc-status': '14' });
    expect(blue.seen.filter((path) => path === GRPC[':path'])).toHaveLength(1);
  });

  it('finds out that a session is dead, cuts off what it carried, and goes on with another', async () => {
    const pairs: [Socket, Socket][] = [];
    const between = createTcpServer((near) => {
      const far = connectTcp(blue.port, '127.0.0.1');
      pairs.push([near, far]);
      for (const [from, to] of [[near, far] as const, [far, near] as const]) {
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    await running.lead([(between.address() as AddressInfo).port], H2C);
    blue.handle = (stream, headers) => {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/events') stream.write('first');
      else stream.end('served');
    };
    const events = client.request({ ':path': '/events' });
    events.on('error', () => undefined);
    await once(events, 'data');
    // Nothing passes any more, as when a machine has gone: the connection itself stays.
    for (const socket of pairs[0]!) socket.unpipe().pause();
    await new Promise((resolve) => events.resume().on('close', resolve));
    expect(events.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    expect((await answerOf(client.request({ ':path': '/' }))).body).toBe('served');
    expect(pairs).toHaveLength(2);
    for (const socket of pairs.flat()) socket.destroy();
    between.close();
  });

  it('answers 502 where nobody listens, where HTTP/1.1 is spoken, and where no settings come', async () => {
    const mute = createTcpServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    const old = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    }).listen(0, '127.0.0.1');
    await Promise.all([once(mute, 'listening'), once(old, 'listening')]);
    const ports = [
      await freePort(),
      (mute.address() as AddressInfo).port,
      (old.address() as AddressInfo).port,
    ];
    for (const port of ports) {
      await running.lead([port], H2C);
      const { headers } = await answerOf(client.request({ ':path': '/' }));
      // Of one that refuses connections is known at once that there is nobody; then nobody is ready.
      expect(headers[':status']).toBe(port === ports[0] ? 503 : 502);
    }
    await eventually('nothing is in flight', () => inFlight() === 0);
    for (const server of [mute, old]) server.close();
  });

  it('lets streams end when the instance leaves, and then its session', async () => {
    let finish = () => {};
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('first');
      finish = () => void stream.end('last');
    };
    const stream = client.request({ ':path': '/' });
    const answer = answerOf(stream);
    await once(stream, 'response');
    await running.lead([], { ...H2C, releases: { blue: null, green: null } });
    expect(blue.sessions.size).toBe(1);
    finish();
    expect((await answer).body).toBe('firstlast');
    await eventually('its session ends', () => blue.sessions.size === 0);
  });

  it('is healthy by HTTP/2 alone', async () => {
    blue.handle = (stream, headers) => {
      const found = headers[':path'] === '/healthz' && headers['user-agent'] === 'teal-router';
      stream.respond({ ':status': found ? 204 : 404 }, { endStream: true });
    };
    const probe = (protocol: 'h2c' | 'http/1.1') => ({
      probe: { kind: 'http', method: 'GET', path: '/healthz', protocol } as const,
      every: 100,
      timeout: 400,
    });
    await running.lead([blue.port], { ...H2C, health: { blue: probe('h2c'), green: null } });
    await eventually('it is healthy', () => running.router.observe('shop')?.healthy.blue === 1);
    await running.lead([blue.port], { ...H2C, health: { blue: probe('http/1.1'), green: null } });
    await eventually('it is not', () => running.router.observe('shop')?.healthy.blue === 0);
  });
});
