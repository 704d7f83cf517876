/** WebSocket through the router: every byte as it came, both ways, and a polite end when a drain is over. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { closeFrame } from '../../../src/routers/embedded/tunnel/close-frame.ts';
import { FrameWatch } from '../../../src/routers/embedded/tunnel/frame-watch.ts';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { settled } from '../support/settled.ts';
import { BINARY, CASES, CLOSE, code, frame, TEXT } from '../support/websocket-corpus.ts';
import { type Backend, backend, eventually, freePort, routing } from '../support.ts';

const HANDSHAKE =
  'GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** An open WebSocket as two ends of bytes. */
interface Opened {
  readonly client: Socket;
  readonly instance: Duplex;
  /** What each end has read so far. */
  readonly read: { client: Buffer; instance: Buffer };
  destroy(): void;
}

describe.each([
  ['fast path', true],
  ["node's own server", false],
])('WebSocket through the router, %s', (_transport, fastPath) => {
  let running: InProcessRouter;
  let blue: Backend;
  let port: number;

  beforeAll(async () => {
    running = await inProcessRouter({ fastPath });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
  });
  afterAll(async () => {
    await running.close();
    await blue.close();
  });
  beforeEach(async () => {
    await running.router.apply(routing(port, [blue]));
    await eventually('it is healthy', () => running.router.observe('shop')?.healthy.blue === 1);
  });
  afterEach(() => {
    blue.server.removeAllListeners('upgrade');
  });

  /** `protocol`: what the two agree upon. */
  async function open(protocol = 'websocket'): Promise<Opened> {
    const read = { client: Buffer.alloc(0) as Buffer, instance: Buffer.alloc(0) as Buffer };
    const upgraded = once(blue.server, 'upgrade') as Promise<[unknown, Duplex, Buffer]>;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined);
    client.write(HANDSHAKE.replace('websocket', protocol));
    const [, instance] = await upgraded;
    instance.on('error', () => undefined);
    instance.on('data', (chunk: Buffer) => {
      read.instance = Buffer.concat([read.instance, chunk]);
    });
    client.on('data', (chunk: Buffer) => {
      read.client = Buffer.concat([read.client, chunk]);
    });
    instance.write(SWITCHED.replace('websocket', protocol));
    await eventually('it is switched', () => read.client.includes('\r\n\r\n'));
    read.client = read.client.subarray(read.client.indexOf('\r\n\r\n') + 4);
    return {
      ...{ client, instance, read },
      destroy() {
        client.destroy();
        instance.destroy();
      },
    };
  }

  it.each(CASES)('%s: passes as it is, both ways', async (_, ...frames) => {
    const bytes = Buffer.concat(frames);
    const opened = await open();
    opened.client.write(bytes);
    opened.instance.write(bytes);
    await eventually('all has come', () => {
      const { client, instance } = opened.read;
      return client.length >= bytes.length && instance.length >= bytes.length;
    });
    expect(opened.read.instance.equals(bytes)).toBe(true);
    expect(opened.read.client.equals(bytes)).toBe(true);
    opened.destroy();
  });

  it('bytes that come with the handshake, and byte by byte, pass as they are', async () => {
    const bytes = Buffer.concat([frame(TEXT, 'early'), frame(BINARY, 300)]);
    const upgraded = once(blue.server, 'upgrade') as Promise<[unknown, Duplex, Buffer]>;
    const client = connect({ port, host: '127.0.0.1', noDelay: true });
    client.write(Buffer.concat([Buffer.from(HANDSHAKE), bytes]));
    const [, instance, early] = await upgraded;
    let seen = early;
    instance
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        seen = Buffer.concat([seen, chunk]);
      });
    instance.write(Buffer.concat([Buffer.from(SWITCHED), bytes]));
    let back = Buffer.alloc(0) as Buffer;
    client
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        back = Buffer.concat([back, chunk]);
      });
    for (const byte of bytes) {
      client.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('all has come', () => seen.length >= 2 * bytes.length && back.includes(bytes));
    expect(seen.equals(Buffer.concat([bytes, bytes]))).toBe(true);
    client.destroy();
    instance.destroy();
  });

  it('either side may close its half, or break off', async () => {
    const half = await open();
    half.client.end(frame(CLOSE, code(1000)));
    await once(half.instance, 'end');
    half.instance.end(frame(CLOSE, code(1000), { masked: false }));
    await once(half.client, 'end');
    half.destroy();
    const broken = await open();
    broken.instance.destroy();
    await once(broken.client, 'end');
    broken.destroy();
    await eventually('nothing is left', () => running.router.observe('shop')?.inFlight.blue === 0);
  });

  it.each(['client', 'instance'] as const)(
    'the %s reads nothing: the other side waits, and nothing is lost',
    async (slow) => {
      const opened = await open();
      const reader = opened[slow];
      const writer = slow === 'client' ? opened.instance : opened.client;
      reader.removeAllListeners('data').pause();
      const bytes = Buffer.concat(Array.from({ length: 300 }, () => frame(BINARY, randomBytes(65_536))));
      for (let at = 0; at < bytes.length; at += 50_000) writer.write(bytes.subarray(at, at + 50_000));
      await settled(() => writer.writableLength);
      expect(writer.writableLength).toBeGreaterThan(bytes.length / 3);
      const chunks: Buffer[] = [];
      let length = 0;
      reader.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
      });
      reader.resume();
      await eventually('all has come', () => length >= bytes.length);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      opened.destroy();
    },
  );

  it('a library on both ends, compressed or not: sizes, pings, closes with their codes', async () => {
    for (const perMessageDeflate of [false, true]) {
      const server = new WebSocketServer({ server: blue.server, perMessageDeflate });
      server.on('connection', (socket) => {
        socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      });
      const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { perMessageDeflate });
      await once(socket, 'open');
      for (const size of [0, 125, 126, 65_535, 65_536, 1_048_576, 16_777_216]) {
        for (const message of [Buffer.alloc(size, 'b'), 'ä'.repeat(size / 2)]) {
          socket.send(message);
          const [back, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
          expect(back.equals(Buffer.from(message))).toBe(true);
          expect(isBinary).toBe(typeof message !== 'string');
        }
      }
      socket.ping('here');
      expect(String((await once(socket, 'pong'))[0])).toBe('here');
      const [peer] = [...server.clients];
      const closed = once(peer!, 'close');
      socket.close(4321, 'enough');
      expect((await closed).map(String)).toEqual(['4321', 'enough']);
      server.close();
      blue.server.removeAllListeners('upgrade');
    }
  });

  describe('at the end of a drain', () => {
    const drained = () => running.router.apply(routing(port, [], { releases: { blue: null, green: null } }));
    const restart = (masked: boolean, bytes: Buffer): number | null => {
      const at = masked ? 6 : 2;
      if (bytes.length !== at + 2 || bytes[0] !== 0x88 || bytes[1] !== (masked ? 0x82 : 2)) return null;
      const payload = bytes.subarray(at).map((byte, i) => (masked ? byte ^ bytes[2 + i]! : byte));
      return payload[0]! * 256 + payload[1]!;
    };

    it('both sides get a close frame 1012, and then the end', async () => {
      const { client, instance, read, destroy } = await open();
      const ended = Promise.all([once(client, 'end'), once(instance, 'end')]);
      await drained();
      await ended;
      expect(restart(false, read.client)).toBe(1012);
      expect(restart(true, read.instance)).toBe(1012);
      client.end();
      instance.end();
      await eventually('nothing is left', () => running.router.observe('shop')?.inFlight.blue === 0);
      destroy();
    });

    it('a library sees the code', async () => {
      const server = new WebSocketServer({ server: blue.server });
      const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
      await once(socket, 'open');
      await eventually('it is there', () => server.clients.size === 1);
      const [peer] = [...server.clients];
      const closed = Promise.all([once(socket, 'close'), once(peer!, 'close')]);
      await drained();
      expect((await closed).map(([number]) => number as number)).toEqual([1012, 1012]);
      server.close();
    });

    it('a frame that is under way goes to its end first', async () => {
      const { client, instance, read, destroy } = await open();
      const message = frame(BINARY, 1_000, { masked: false });
      instance.write(message.subarray(0, 400));
      await eventually('half has come', () => read.client.length === 400);
      await drained();
      instance.write(message.subarray(400));
      await once(client, 'end');
      expect(read.client.subarray(0, message.length).equals(message)).toBe(true);
      expect(restart(false, read.client.subarray(message.length))).toBe(1012);
      destroy();
    });

    it('one that does not end is cut off, without a word in its middle', async () => {
      const { client, instance, read, destroy } = await open();
      const half = frame(BINARY, 1_000, { masked: false }).subarray(0, 400);
      instance.write(half);
      await eventually('half has come', () => read.client.length === 400);
      const over = Promise.race([once(client, 'end'), once(client, 'close')]);
      await drained();
      await over;
      expect(read.client.equals(half)).toBe(true);
      destroy();
    });

    it('a side that has said goodbye already is not told again', async () => {
      const { client, instance, read, destroy } = await open();
      const goodbye = frame(CLOSE, code(1000), { masked: false });
      instance.write(goodbye);
      await eventually('it has come', () => read.client.length === goodbye.length);
      const ended = once(client, 'end');
      await drained();
      await ended;
      expect(read.client.equals(goodbye)).toBe(true);
      destroy();
    });

    it('any other protocol is ended without a word', async () => {
      const { client, instance, read, destroy } = await open('telnet');
      const ended = Promise.all([once(client, 'end'), once(instance, 'end')]);
      await drained();
      await ended;
      expect(read.client.length + read.instance.length).toBe(0);
      destroy();
    });
  });
});

describe('following frames', () => {
  const whole = CASES.filter(([name]) => name !== 'half a frame');

  it.each(whole)('%s: knows its end, however it is cut', (_, ...frames) => {
    const bytes = Buffer.concat(frames);
    const ends = new Set<number>();
    frames.reduce((at, one) => {
      ends.add(at + one.length);
      return at + one.length;
    }, 0);
    const watch = new FrameWatch();
    const step = bytes.length > 10_000 ? 997 : 1;
    for (let at = 0; at < bytes.length; at += step) {
      const next = Math.min(at + step, bytes.length);
      watch.push(bytes.subarray(at, next), next - at);
      expect(watch.atBoundary).toBe(ends.has(next));
    }
    const atOnce = new FrameWatch();
    atOnce.push(bytes, bytes.length);
    expect(atOnce.atBoundary).toBe(true);
    expect(atOnce.closed).toBe(frames.some((one) => (one[0]! & 15) === CLOSE));
  });

  it('its own close frames are whole', () => {
    for (const masked of [true, false]) {
      const watch = new FrameWatch();
      const bytes = closeFrame(1012, masked);
      watch.push(bytes, bytes.length);
      expect([watch.atBoundary, watch.closed]).toEqual([true, true]);
    }
  });
});
