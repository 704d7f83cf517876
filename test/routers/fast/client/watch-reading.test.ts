import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { watchReading } from '../../../../src/routers/embedded/fast/client/watch-reading.ts';

const WITHIN = 100;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A connection whose client has not read the last few bytes: fewer than a stream calls full. */
async function unread(): Promise<{ readonly client: Socket; readonly socket: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [socket] = (await once(server, 'connection')) as [Socket];
  closing.push(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const piece = Buffer.alloc(16_384);
  while (socket.writableLength === 0) socket.write(piece);
  expect(socket.writableNeedDrain).toBe(false);
  return { client, socket };
}

it('ends the connection of a client that takes nothing', async () => {
  const { socket } = await unread();
  let taken = false;
  watchReading(socket, WITHIN, () => {
    taken = true;
  });
  await once(socket, 'close');
  expect(taken).toBe(false);
});

it('leaves the one alone that has taken all, however little that was, and says so', async () => {
  const { client, socket } = await unread();
  const taken = new Promise<void>((resolve) => watchReading(socket, WITHIN, resolve));
  client.resume();
  await Promise.race([taken, once(socket, 'close')]);
  expect(socket.destroyed).toBe(false);
  expect(socket.timeout).toBe(0);
});
