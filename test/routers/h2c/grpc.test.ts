/** Calls of gRPC to instances that speak HTTP/2 without TLS. */
import { once } from 'node:events';
import { type ClientHttp2Session, constants } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf } from '../support/http2-answer.ts';
import type { SecureRouter } from '../support/secure-router.ts';
import { eventually } from '../support.ts';
import { GRPC, message } from './grpc-call.ts';
import { H2C, type H2cInstance } from './h2c-instance.ts';
import { type H2cStage, h2cStage } from './h2c-stage.ts';

describe('gRPC to instances that speak h2c', () => {
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

  it('a unary call of gRPC: messages, te, and trailers both ways', async () => {
    const heard: unknown[] = [];
    blue.handle = (stream, headers) => {
      const { te, 'content-type': type, ':authority': authority, host, 'x-forwarded-proto': proto } = headers;
      heard.push({ te, type, authority, host, proto });
      const chunks: Buffer[] = [];
      stream.on('trailers', (lines) => heard.push(Object.entries(lines)));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' }));
        stream.end(Buffer.concat(chunks));
      });
    };
    const stream = client.request(GRPC, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-last': 'yes' }));
    stream.end(message('a hat'));
    const answer = await answerOf(stream);
    expect(answer.headers[':status']).toBe(200);
    expect(answer.bytes.equals(message('a hat'))).toBe(true);
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'fine' });
    const authority = `localhost:${running.port}`;
    const type = 'application/grpc';
    expect(heard).toEqual([
      { te: 'trailers', type, authority, host: undefined, proto: 'https' },
      [['x-last', 'yes']],
    ]);
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('an answer that is trailers alone', async () => {
    blue.handle = (stream) => stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
    const { headers, flags } = await answerOf(client.request(GRPC, { endStream: false }).end(message('x')));
    expect(headers['grpc-status']).toBe('12');
    expect(flags & constants.NGHTTP2_FLAG_END_STREAM).toBe(constants.NGHTTP2_FLAG_END_STREAM);
  });

  it('a stream both ways: each message is answered before the next one is sent', async () => {
    blue.handle = (stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.on('data', (chunk: Buffer) => stream.write(chunk));
      stream.on('end', () => stream.end());
    };
    const stream = client.request(GRPC);
    await once(stream, 'response');
    for (let turn = 0; turn < 20; turn += 1) {
      stream.write(message(`turn ${turn}`));
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      expect(chunk.equals(message(`turn ${turn}`))).toBe(true);
    }
    expect(inFlight()).toBe(1);
    const trailers = once(stream, 'trailers');
    stream.end();
    expect((await trailers)[0]['grpc-status']).toBe('0');
    await eventually('nothing is in flight', () => inFlight() === 0);
  });

  it('counts what gRPC says of a call, not the status of HTTP', async () => {
    await running.lead([blue.port], { ...H2C, epoch: 'shop-1/1' });
    const type = { ':status': 200, 'content-type': 'application/grpc' };
    for (const code of ['0', '5', '13']) {
      blue.handle = (stream) => {
        stream.respond(type, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code }));
        stream.end();
      };
      const { trailers } = await answerOf(client.request(GRPC, { endStream: true }));
      expect(trailers['grpc-status']).toBe(code);
    }
    blue.handle = (stream) => stream.respond({ ...type, 'grpc-status': '14' }, { endStream: true });
    await answerOf(client.request(GRPC, { endStream: true }));
    const counted = (outcome: '2xx' | '4xx' | '5xx') =>
      running.router.traffic(0).reduce((sum, { requests }) => sum + requests[outcome], 0);
    await eventually(
      'all are counted',
      () => counted('2xx') === 1 && counted('4xx') === 1 && counted('5xx') === 2,
    );
  });

  it('lets both sides of a call be silent, and tells the client when the drain is over', async () => {
    blue.handle = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.on('data', (chunk: Buffer) => stream.write(chunk));
    };
    const stream = client.request(GRPC);
    await once(stream, 'response');
    stream.write(message('one'));
    await once(stream, 'data');
    await new Promise((resolve) => setTimeout(resolve, 900)); // longer than any limit of this router
    stream.write(message('two'));
    await once(stream, 'data');
    const trailers = once(stream, 'trailers');
    await running.lead([], { ...H2C, releases: { blue: null, green: null } });
    expect((await trailers)[0]['grpc-status']).toBe('14');
    await eventually('nothing is in flight', () => inFlight() === 0);
  });
});
