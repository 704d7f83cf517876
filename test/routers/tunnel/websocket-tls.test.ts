/** WebSocket over TLS and HTTP/1.1: the corpus passes byte by byte both ways, and more than either side takes at once. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBytes } from '../support/read-bytes.ts';
import { type SecureRouter, secureRouter } from '../support/secure-router.ts';
import { BINARY, CASES, frame } from '../support/websocket-corpus.ts';
import { type Backend, backend, dialSecure, eventually } from '../support.ts';

const HEAD = 'HTTP/1.1 101 Switching Protocols\r\n';
const LINES = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

describe('WebSocket over TLS', () => {
  let running: SecureRouter;
  let blue: Backend;

  beforeAll(async () => {
    [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
    await running.lead([blue.port]);
  });
  afterAll(async () => {
    await running.close();
    await blue.close();
  });

  it.each([
    ...CASES,
    ['binary of 16 MB', frame(BINARY, randomBytes(16_777_216))] as const,
    ['many messages', ...Array.from({ length: 2_000 }, () => frame(BINARY, randomBytes(1_000)))] as const,
  ])('%s: passes as it is, both ways', async (_, ...frames) => {
    const bytes = Buffer.concat(frames);
    const upgraded = once(blue.server, 'upgrade') as Promise<[unknown, Duplex]>;
    const client = dialSecure(running.port);
    client.on('error', () => undefined);
    client.write(`GET /chat HTTP/1.1\r\nHost: h\r\n${LINES}\r\n`);
    const [, instance] = await upgraded;
    instance.on('error', () => undefined);
    instance.write(`${HEAD}${LINES}\r\n`);
    const [said] = (await once(client, 'data')) as [Buffer];
    expect(String(said)).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n$/);
    const both = Promise.all([readBytes(client, bytes.length), readBytes(instance, bytes.length)]);
    for (const one of frames) {
      client.write(one);
      instance.write(one);
    }
    for (const read of await both) expect(read.equals(bytes)).toBe(true);
    client.destroy();
    instance.destroy();
    await eventually('nothing is left', () => running.router.observe('shop')?.inFlight.blue === 0);
  });
});
