/** What one stream to an instance may do to another, and to the router. */
import { once } from 'node:events';
import { type ClientHttp2Session, constants, type IncomingHttpHeaders } from 'node:http2';
import { addAbortSignal } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf } from '../support/http2-answer.ts';
import { eventually } from '../support.ts';
import { GRPC } from './grpc-call.ts';
import type { H2cInstance } from './h2c-instance.ts';
import { type H2cStage, h2cStage } from './h2c-stage.ts';

describe('streams to instances that speak h2c', () => {
  let stage: H2cStage;
  let blue: H2cInstance;
  let client: ClientHttp2Session;

  beforeEach(async () => {
    stage = await h2cStage();
    ({ blue, client } = stage);
  });
  afterEach(() => stage.close());
  const inFlight = () => stage.inFlight();

  it('passes resets on, both ways', async () => {
    let reset = -1;
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a');
      stream.on('close', () => {
        reset = stream.rstCode ?? -1;
      });
    };
    const left = client.request(GRPC);
    left.on('error', () => undefined);
    await once(left, 'data');
    left.close(constants.NGHTTP2_CANCEL);
    await eventually('the instance hears of it', () => reset === constants.NGHTTP2_CANCEL);
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a', () => stream.destroy(new Error('a fault')));
    };
    const broken = client.request(GRPC);
    broken.on('error', () => undefined).resume();
    await new Promise((resolve) => broken.on('close', resolve));
    expect(broken.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a', () => addAbortSignal(AbortSignal.abort(), stream));
    };
    const cancelled = client.request(GRPC);
    cancelled.on('error', () => undefined).resume();
    await new Promise((resolve) => cancelled.on('close', resolve));
    expect(cancelled.rstCode).toBe(constants.NGHTTP2_CANCEL);
    blue.handle = (stream) => void stream.destroy(new Error('a fault'));
    expect((await answerOf(client.request({ ':path': '/' }))).headers[':status']).toBe(502);
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('lets go of an instance that hints for ever', async () => {
    // It is let go for how much it says, however long a busy machine takes to say that.
    await stage.close();
    stage = await h2cStage(60_000);
    ({ blue, client } = stage);
    let reset = -1;
    blue.handle = (stream) => {
      stream.on('close', () => {
        reset = stream.rstCode ?? -1;
      });
      const more = () => {
        if (stream.destroyed) return;
        for (let i = 0; i < 50; i += 1) stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        setImmediate(more);
      };
      more();
    };
    expect((await answerOf(client.request({ ':path': '/' }))).headers[':status']).toBe(502);
    await eventually('it is let go', () => reset === constants.NGHTTP2_CANCEL);
  });

  it('holds an instance back while one client does not read, and no other stream with it', async () => {
    let written = 0;
    blue.handle = (stream, headers) => {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/small') return void stream.end('small');
      const more = () => {
        while (!stream.destroyed && written < 400 * 65_536) {
          written += 65_536;
          if (!stream.write(Buffer.alloc(65_536))) return void stream.once('drain', more);
        }
        stream.end();
      };
      more();
    };
    const slow = client.request({ ':path': '/large' });
    await once(slow, 'response');
    let before = -1;
    const stuck = await eventually('the instance waits', async () => {
      const still = written === before && written;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(stuck).toBeLessThan(4_000_000);
    expect(blue.sessions.size).toBe(1);
    const others = await Promise.all(
      Array.from({ length: 20 }, () => answerOf(client.request({ ':path': '/small' }))),
    );
    expect(others.every(({ body }) => body === 'small')).toBe(true);
    let size = 0;
    for await (const chunk of slow) size += (chunk as Buffer).length;
    expect(size).toBe(400 * 65_536);
  });

  it('holds a client back while the instance does not read', async () => {
    blue.handle = (stream) => void stream.pause();
    const stream = client.request(GRPC);
    stream.on('error', () => undefined);
    let sent = 0;
    const more = () => {
      while (!stream.destroyed && sent < 400) {
        sent += 1;
        if (!stream.write(Buffer.alloc(65_536))) return void stream.once('drain', more);
      }
    };
    more();
    // The instance is slow then, which is a failure of its own.
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    expect(headers).toMatchObject({ ':status': 200, 'grpc-status': '4' });
    expect(sent).toBeLessThan(100);
    stream.destroy();
  });
});
