/** What clients of gRPC hear of the router itself: its own answers, and resets. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { END_HEADERS, END_STREAM, FRAME, frame, GET, headerBlock, rawHttp2 } from '../support/raw-http2.ts';
import type { SecureRouter } from '../support/secure-router.ts';
import { eventually } from '../support.ts';
import { GRPC, message } from './grpc-call.ts';
import { H2C, type H2cInstance } from './h2c-instance.ts';
import { type H2cStage, h2cStage } from './h2c-stage.ts';

const NOBODY = { ...H2C, hold: 0 };

describe('a client of gRPC', () => {
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

  /** One call with one message: the head of its answer, whether nothing follows that, and the reset behind it. */
  async function call(change: OutgoingHttpHeaders = {}, size = 4) {
    const stream = client.request({ ...GRPC, ...change });
    stream.on('error', () => undefined);
    stream.end(message('x'.repeat(size)));
    const [head, flags] = (await once(stream, 'response')) as [IncomingHttpHeaders, number];
    const body = Buffer.concat(await stream.toArray());
    return { head, isAll: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0, body: body.toString() };
  }

  const heads = async (change?: OutgoingHttpHeaders, size?: number) => (await call(change, size)).head;

  it('is told by the head alone, as of a call', async () => {
    await running.lead([], NOBODY);
    const { head, isAll, body } = await call({ 'x-request-id': 'one' });
    expect({ isAll, body }).toEqual({ isAll: true, body: '' });
    expect(head).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': '14',
      'grpc-message': 'No instance of the service is ready.',
      'x-request-id': 'one',
    });
  });

  it('is told by the code that says most', async () => {
    expect(await heads({ expect: 'more' })).toMatchObject({ ':status': 200, 'grpc-status': '2' });
    expect(await heads({ ':scheme': 'http' })).toMatchObject({ ':status': 200, 'grpc-status': '13' });
    blue.handle = (stream) => void stream.resume();
    expect(await heads()).toMatchObject({ ':status': 200, 'grpc-status': '4' });
    blue.handle = (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    expect(await heads()).toMatchObject({ ':status': 200, 'grpc-status': '14' });
    const limits = { ...HTTP_DEFAULTS.limits, body: 1_000, headerSize: 2_000 };
    await running.lead([blue.port], { ...H2C, http: { ...HTTP_DEFAULTS, limits } });
    expect(await heads({}, 2_000)).toMatchObject({ ':status': 200, 'grpc-status': '8' });
    expect(await heads({ 'x-large': 'x'.repeat(2_000) })).toMatchObject({
      ':status': 200,
      'grpc-status': '8',
    });
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('gets a message that any text survives', async () => {
    const maintenance = { message: 'Zurück um 5: 100 %', until: null, hold: 0, allow: null };
    await running.lead([blue.port], { ...H2C, maintenance });
    const head = await heads({ 'content-type': 'application/grpc+proto' });
    expect(head).toMatchObject({ 'grpc-status': '14', 'grpc-message': 'Zur%C3%BCck um 5: 100 %25' });
    expect(decodeURIComponent(String(head['grpc-message']))).toBe(maintenance.message);
  });

  it('is no other client: those are told by the status of HTTP', async () => {
    await running.lead([], NOBODY);
    for (const type of ['application/grpc-web+proto', 'application/json', 'application/grpcish']) {
      const { head, body } = await call({ 'content-type': type });
      expect(head[':status']).toBe(503);
      expect(head).not.toHaveProperty('grpc-status');
      expect(body).toContain('No instance');
    }
  });

  it('hears what a reset says of its call, and nothing that it says of another connection', async () => {
    const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR } = constants;
    const post = [[':method', 'POST'], ...GET.slice(1)] as const;
    const said = async (code: number) => {
      blue.handle = (stream) => {
        // It waits for its trailers, which do not come, so that nothing ends the answer before the reset does.
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => undefined);
        stream.write('a', () => stream.close(code));
      };
      const raw = await rawHttp2(running.port);
      raw.send(frame(FRAME.headers, END_HEADERS, 1, headerBlock(post)));
      const reset = await eventually('a reset', () => raw.frames.find(({ type }) => type === FRAME.reset));
      const ends = raw.frames.filter(
        ({ type, flags }) => type <= FRAME.headers && (flags & END_STREAM) !== 0,
      );
      expect(ends).toEqual([]);
      raw.socket.destroy();
      return reset.payload.readUInt32BE();
    };
    expect(await said(NGHTTP2_ENHANCE_YOUR_CALM)).toBe(NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await said(constants.NGHTTP2_CANCEL)).toBe(constants.NGHTTP2_CANCEL);
    for (const code of [
      constants.NGHTTP2_REFUSED_STREAM,
      constants.NGHTTP2_PROTOCOL_ERROR,
      constants.NGHTTP2_HTTP_1_1_REQUIRED,
    ]) {
      expect(await said(code)).toBe(NGHTTP2_INTERNAL_ERROR);
    }
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('is not blamed for what its instance has reset', async () => {
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a', () => stream.destroy(new Error('a fault')));
    };
    // More than any client may reset at once.
    for (let round = 0; round < 30; round += 1) {
      const codes = Array.from({ length: 10 }, () => {
        const broken = client.request(GRPC);
        broken.on('error', () => undefined).resume();
        return new Promise((resolve) => broken.on('close', () => resolve(broken.rstCode)));
      });
      expect(new Set(await Promise.all(codes))).toEqual(new Set([constants.NGHTTP2_INTERNAL_ERROR]));
    }
    expect(client.destroyed).toBe(false);
    blue.handle = (stream) => stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
    expect(await heads()).toMatchObject({ 'grpc-status': '0' });
  });
});
