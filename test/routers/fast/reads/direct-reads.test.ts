import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectSecurely, createServer as createSecureServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  leaveReads,
  type TakeBytes,
  takeReads,
} from '../../../../src/routers/embedded/fast/reads/direct-reads.ts';
import { makeCertificate } from '../../../support/make-certificate.ts';

interface Pair {
  readonly client: Socket;
  readonly socket: Socket;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const accepted = async (server: Server, event: string, dial: (port: number) => Socket): Promise<Pair> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = dial((server.address() as AddressInfo).port);
  const [socket] = (await once(server, event)) as [Socket];
  closing.push(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return { client, socket };
};

const inTheClear = () =>
  accepted(createServer({ allowHalfOpen: true }), 'connection', (port) => connect(port, '127.0.0.1'));

const byTls = () =>
  accepted(createSecureServer(makeCertificate(['shop.test'])), 'secureConnection', (port) =>
    connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false }),
  );

/** No two places look the same. */
const numbered = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE(at, at);
  return bytes;
};

/** As with a node that gives accepted connections no memory to read into. */
const withoutSharing = (pair: () => Promise<Pair>) => async (): Promise<Pair> => {
  const accepted = await pair();
  Object.assign((accepted.socket as Socket & { _handle: object })._handle, { useUserBuffer: undefined });
  return accepted;
};

/** Reads until so many bytes have come. */
function collect(socket: Socket, length: number, onRead: (soFar: number) => void = () => undefined) {
  let take!: TakeBytes;
  const whole = new Promise<Buffer>((resolve) => {
    const parts: Buffer[] = [];
    let sum = 0;
    take = (bytes, lent) => {
      parts.push(lent === true ? Buffer.from(bytes) : bytes);
      sum += bytes.length;
      onRead(sum);
      if (sum >= length) resolve(Buffer.concat(parts));
    };
  });
  takeReads(socket, take);
  return { take, whole };
}

describe.each([
  ['in the clear', withoutSharing(inTheClear), false],
  ['in the clear, lent', inTheClear, true],
  ['by TLS', withoutSharing(byTls), false],
  ['by TLS, lent', byTls, true],
])('%s', (_, pair, borrows) => {
  it('a read goes directly to whoever takes it', async () => {
    const { client, socket } = await pair();
    client.write('one');
    const { whole } = collect(socket, 3);
    expect(String(await whole)).toBe('one');
    // Whether the stream has given out any data itself.
    expect(socket.readableDidRead).toBe(false);
  });

  it('keeps order and loses nothing over pauses, and holds no more than a stream does', async () => {
    const { client, socket } = await pair();
    const sent = numbered(4_000_000);
    let reads = 0;
    let most = 0;
    const { whole } = collect(socket, sent.length, () => {
      reads += 1;
      if (reads % 3 !== 0) return;
      socket.pause();
      // Long enough for reads to come in between, and to pile up.
      let turns = 5;
      const wait = () => {
        most = Math.max(most, socket.readableLength);
        turns -= 1;
        if (turns > 0) setImmediate(wait);
        else socket.resume();
      };
      setImmediate(wait);
    });
    const ended = once(socket, 'end');
    client.end(sent);
    expect((await whole).equals(sent)).toBe(true);
    await ended;
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(socket.readableHighWaterMark + 65_536);
  });

  it('holds no more than a stream does, however often it is resumed and paused again', async () => {
    const { client, socket } = await pair();
    const { take } = collect(socket, 1);
    socket.pause();
    client.write(numbered(8_000_000));
    while (socket.readableLength < socket.readableHighWaterMark) await new Promise(setImmediate);
    for (let times = 0; times < 50; times += 1) {
      socket.resume();
      socket.pause();
      await new Promise(setImmediate);
    }
    expect(socket.readableLength).toBeLessThan(socket.readableHighWaterMark + 65_536);
    leaveReads(socket, take);
  });

  it('what was put back comes again, before what comes later', async () => {
    const { client, socket } = await pair();
    let again = false;
    const { whole } = collect(socket, 'oldagain new'.length, () => {
      if (again) return;
      again = true;
      socket.pause();
      socket.unshift(Buffer.from('again '));
      client.write('new', () => setImmediate(() => socket.resume()));
    });
    client.write('old');
    expect(String(await whole)).toBe('oldagain new');
  });

  it('pausing while it takes a read stops what follows', async () => {
    const { client, socket } = await pair();
    let later = '';
    const { take, whole } = collect(socket, 1, () => socket.pause());
    client.write('1');
    await whole;
    leaveReads(socket, take);
    takeReads(socket, (bytes) => {
      later += String(bytes);
    });
    // `on('data')` resumes only what was never paused.
    expect(socket.isPaused()).toBe(true);
    client.write('2');
    const readable = new Promise<void>((resolve) => {
      const look = () => (socket.readableLength > 0 ? resolve() : setImmediate(look));
      look();
    });
    await readable;
    expect(later).toBe('');
    const ended = once(socket, 'end');
    client.end();
    socket.resume();
    await ended;
    expect(later).toBe('2');
  });

  it('nothing comes after it was destroyed', async () => {
    const { client, socket } = await pair();
    let reads = 0;
    collect(socket, 1, () => {
      reads += 1;
      socket.destroy();
    });
    const closed = once(socket, 'close');
    client.on('error', () => undefined); // it is reset where bytes stand unread
    client.write(numbered(1_000_000));
    await closed;
    expect(reads).toBe(1);
  });

  it("node's own server reads on where it was left", async () => {
    const { client, socket } = await pair();
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', (bytes: Buffer) => {
        body += String(bytes);
      });
      req.on('end', () => res.end(`${req.url} ${body}`));
    });
    const { take, whole } = collect(socket, 7);
    client.write('POST /a');
    const first = await whole;
    leaveReads(socket, take);
    socket.pause();
    socket.unshift(first);
    server.emit('connection', socket);
    socket.resume();
    client.write(' HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabc');
    client.write('def');
    let answer = '';
    for await (const bytes of client) answer += String(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\/a abcdef\r?\n?/);
  });

  it('lends the same memory to all, and gives to keep what it cannot lend', async () => {
    const { client, socket } = await pair();
    const reads: { readonly lent: boolean | undefined; readonly memory: ArrayBufferLike }[] = [];
    const read = () =>
      new Promise<void>((resolve) => {
        onRead = resolve;
      });
    let onRead: () => void;
    takeReads(socket, (bytes, lent) => {
      reads.push({ lent, memory: bytes.buffer });
      onRead();
    });
    for (const said of ['one', 'two']) {
      const came = read();
      client.write(said);
      await came;
    }
    const again = read();
    socket.unshift(Buffer.from('again'));
    await again;
    expect(reads.map(({ lent }) => lent ?? false)).toEqual([borrows, borrows, false]);
    if (borrows) expect(reads[0]!.memory).toBe(reads[1]!.memory);
  });
});
