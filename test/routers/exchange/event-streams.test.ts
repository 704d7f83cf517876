/** Event streams at the end of a drain: ended by the router, whole, on every transport. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordingInstance, recordingInstance } from '../support/recording-instance.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { eventually, freePort, routing } from '../support.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const CHUNKS = `${HEAD}Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n`;
const UNTIL_CLOSE = `${HEAD}\r\ndata: 1\n\n`;

describe.each([
  ['fast path', true],
  ["node's own server", false],
])('event streams, %s', (_name, fastPath) => {
  let running: SecureRouter;
  let instance: RecordingInstance;
  let port: number;

  beforeEach(async () => {
    running = await secureRouter({ fastPath });
    [instance, port] = await Promise.all([recordingInstance(), freePort()]);
  });
  afterEach(async () => {
    await running.close();
    await instance.close();
  });

  const endpoints = () => ({ blue: [{ host: '127.0.0.1', port: instance.port }], green: [] });
  const leadPlainly = (change = {}) =>
    running.router.apply(
      routing(port, [], { endpoints: endpoints(), health: { blue: null, green: null }, ...change }),
    );
  const gone = { releases: { blue: null, green: null }, endpoints: { blue: [], green: [] } };
  const outcomes = async () => {
    await eventually('nothing is in flight', () => running.router.observe('shop')?.inFlight.blue === 0);
    return eventually('it is counted', () => {
      const blocks = running.router.traffic(0).map(({ requests }) => requests);
      const sum = (outcome: '2xx' | 'cut-off') => blocks.reduce((all, one) => all + one[outcome], 0);
      return sum('2xx') + sum('cut-off') > 0 && { whole: sum('2xx'), cutOff: sum('cut-off') };
    });
  };
  /** What a client reads that does not close its connection, so that only the framing tells the end. */
  const listen = async () => {
    let text = '';
    const client = connect(port, '127.0.0.1', () => client.write('GET /events HTTP/1.1\r\nHost: h\r\n\r\n'));
    client.setEncoding('latin1').on('data', (more: string) => {
      text += more;
    });
    await eventually('the first event', () => text.includes('data: 1\n\n'));
    return { client, read: () => text };
  };

  it('in chunks: a last chunk, and the connection serves on', async () => {
    instance.answer = (path) => ({ text: path === '/events' ? CHUNKS : 'HTTP/1.1 204 No Content\r\n\r\n' });
    await leadPlainly();
    const { client, read } = await listen();
    await leadPlainly(gone);
    await eventually('the end', () => read().endsWith('data: 1\n\n\r\n0\r\n\r\n'));
    await leadPlainly();
    client.write('GET /again HTTP/1.1\r\nHost: h\r\n\r\n');
    await eventually('the next answer', () => read().includes('HTTP/1.1 204'));
    client.destroy();
    expect(await outcomes()).toEqual({ whole: 2, cutOff: 0 });
  });

  it('without a length: the connection closes', async () => {
    instance.answer = () => ({ text: UNTIL_CLOSE });
    await leadPlainly();
    const { client, read } = await listen();
    await leadPlainly(gone);
    // node's own server puts it into chunks.
    await eventually('the end', () => client.closed || read().endsWith('0\r\n\r\n'));
    client.destroy();
    expect(await outcomes()).toEqual({ whole: 1, cutOff: 0 });
  });

  it('in the middle of a chunk: with the rest of it', async () => {
    let rest = () => {};
    instance.answer = () => ({ text: CHUNKS.replace('9\r\ndata: 1\n\n\r\n', '12\r\ndata: 1\n\n') });
    instance.onSocket = (socket) => {
      rest = () => void socket.write('data: 2\n\n\r\n');
    };
    await leadPlainly();
    const { client, read } = await listen();
    await leadPlainly(gone);
    rest();
    await eventually('the end', () => read().endsWith('0\r\n\r\n'));
    client.destroy();
    expect(await outcomes()).toEqual({ whole: 1, cutOff: 0 });
  });

  it.each([
    ['in chunks', CHUNKS],
    ['without a length', UNTIL_CLOSE],
  ])('over HTTP/2, %s: the stream ends', async (_what, text) => {
    instance.answer = () => ({ text });
    await running.lead([instance.port]);
    const session = connectHttp2(`https://127.0.0.1:${running.port}`, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/events' });
    let read = '';
    stream.setEncoding('utf8').on('data', (more: string) => {
      read += more;
    });
    await eventually('the first event', () => read.includes('data: 1\n\n'));
    const ended = once(stream, 'close');
    await running.lead([], gone);
    await ended;
    expect(stream.rstCode).toBe(0);
    expect(stream.readableEnded).toBe(true);
    session.destroy();
    expect(await outcomes()).toEqual({ whole: 1, cutOff: 0 });
  });
});
