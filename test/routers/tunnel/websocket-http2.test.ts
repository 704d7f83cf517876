/** WebSocket over HTTP/2 (RFC 8441): the corpus passes byte by byte both ways, as over HTTP/1.1. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBytes } from '../support/read-bytes.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { BINARY, CASES, frame } from '../support/websocket-corpus.ts';
import { type Backend, backend, eventually } from '../support.ts';

describe('WebSocket over HTTP/2', () => {
  let running: SecureRouter;
  let blue: Backend;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
    await running.lead([blue.port]);
    session = connect(`https://localhost:${running.port}`, { ca: running.ca });
    await once(session, 'remoteSettings');
  });
  afterAll(async () => {
    session.destroy();
    await running.close();
    await blue.close();
  });

  async function open(): Promise<{ readonly client: ClientHttp2Stream; readonly instance: Duplex }> {
    const upgraded = once(blue.server, 'upgrade') as Promise<[IncomingMessage, Duplex]>;
    const client = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
    client.on('error', () => undefined);
    const [req, instance] = await upgraded;
    instance.on('error', () => undefined);
    const key = `${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    instance.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const [headers] = await once(client, 'response');
    expect(headers[':status']).toBe(200);
    return { client, instance };
  }

  it.each([
    ...CASES,
    // 16 MB, as many as the suite goes up to; random, so that no piece is like another.
    ['binary of 16 MB', frame(BINARY, randomBytes(16_777_216))] as const,
  ])('%s: passes as it is, both ways', async (_, ...frames) => {
    const bytes = Buffer.concat(frames);
    const { client, instance } = await open();
    const both = Promise.all([readBytes(client, bytes.length), readBytes(instance, bytes.length)]);
    client.write(bytes);
    instance.write(bytes);
    for (const read of await both) expect(read.equals(bytes)).toBe(true);
    client.destroy();
    instance.destroy();
    await eventually('nothing is left', () => running.router.observe('shop')?.inFlight.blue === 0);
  });
});
