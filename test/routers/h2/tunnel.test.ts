import { once } from 'node:events';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { answerOf } from '../support/http2-answer.ts';
import type { SecureRouter } from '../support/secure-router.ts';
import { type Backend, eventually } from '../support.ts';
import { type Http2Stage, http2Stage } from './http2-stage.ts';

describe('WebSockets over HTTP/2', () => {
  let stage: Http2Stage;
  let running: SecureRouter;
  let blue: Backend;
  let client: ClientHttp2Session;

  beforeEach(async () => {
    stage = await http2Stage();
    ({ running, blue, client } = stage);
  });
  afterEach(() => stage.close());
  const inFlight = () => stage.inFlight();

  it('carries WebSockets by extended CONNECT, and passes refusals on', async () => {
    const server = new WebSocketServer({ noServer: true });
    blue.server.on('upgrade', (req, socket, head) => {
      if (req.url === '/no') return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      server.handleUpgrade(req, socket, head, (web) => web.on('message', (data) => web.send(data)));
    });
    const settled = client.remoteSettings?.enableConnectProtocol ?? once(client, 'remoteSettings');
    await settled;
    const web = { ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13' };
    const stream = client.request({ ...web, ':path': '/chat' }, { endStream: false });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    expect(headers[':status']).toBe(200);
    expect(headers).not.toHaveProperty('sec-websocket-accept');
    // One masked text frame, "teal".
    stream.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from('teal')]));
    const [frame] = (await once(stream, 'data')) as [Buffer];
    expect(frame.subarray(2).toString()).toBe('teal');
    expect(inFlight()).toBe(1);
    stream.close();
    await eventually('the tunnel has ended', () => inFlight() === 0);
    const refused = client.request({ ...web, ':path': '/no' }, { endStream: false });
    expect(await answerOf(refused)).toMatchObject({ status: 403, body: 'no' });
    const plain = client.request({ ':method': 'CONNECT', ':authority': 'other:443' }, { endStream: false });
    expect((await answerOf(plain)).status).toBe(405);
    server.close();
  });

  it('tells both ends of a WebSocket when a drain is over', async () => {
    const server = new WebSocketServer({ server: blue.server });
    const settled = client.remoteSettings?.enableConnectProtocol ?? once(client, 'remoteSettings');
    await settled;
    const web = { ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13' };
    const stream = client.request({ ...web, ':path': '/chat' }, { endStream: false });
    await once(stream, 'response');
    // The instance's library closes at once, and the client has not answered yet.
    stream.on('error', () => undefined);
    const [peer] = [...server.clients];
    const closed = once(peer!, 'close');
    const told = once(stream, 'data');
    await running.lead([], { releases: { blue: null, green: null } });
    expect([...((await told) as [Buffer])[0]]).toEqual([0x88, 2, 1012 >> 8, 1012 & 255]);

    expect((await closed)[0]).toBe(1012);
    await eventually('the tunnel has ended', () => inFlight() === 0);
    server.close();
  });
});
