import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeDirectly } from '../../../../src/routers/embedded/fast/writes/direct-writes.ts';
import { CAN_WRITE } from '../../../../src/routers/embedded/fast/writes/write-requests.ts';

/** More than the kernel keeps for a connection that nobody reads. */
const MUCH = 24 * 1024 * 1024;

let server: Server;
/** The end that is written to directly, and the other one, which reads when it is told to. */
let near: Socket;
let far: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  far = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  [near] = (await accepted) as [Socket];
  far.pause();
});

afterEach(async () => {
  near.destroy();
  far.destroy();
  server.close();
  await once(server, 'close');
});

const marked = (mark: number, length = MUCH) => Buffer.alloc(length, mark);

/** The first so many bytes that the far end reads, as a digest of their own: comparing 24 MB byte by byte takes long. */
async function read(length: number): Promise<string> {
  const hash = createHash('sha1');
  let left = length;
  while (left > 0) {
    const chunk = far.read(Math.min(left, far.readableLength)) as Buffer | null;
    if (chunk === null || chunk.length === 0) await once(far, 'readable');
    else {
      hash.update(chunk);
      left -= chunk.length;
    }
  }
  return hash.digest('hex');
}

const digest = (...parts: Buffer[]) => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

it('is possible with this version of node', () => {
  expect(CAN_WRITE).toBe(true);
});

it('leaves the stream alone where the kernel takes all', async () => {
  near.write = () => {
    throw new Error('the stream was written to');
  };
  const bytes = Buffer.from('all of it');
  expect(writeDirectly(near, bytes)).toBe(true);
  expect(near.writableLength).toBe(0);
  expect(near.bytesWritten).toBe(bytes.length);
  // Free at once.
  const copy = Buffer.from(bytes);
  bytes.fill(0);
  expect(await read(copy.length)).toBe(digest(copy));
});

describe('where the kernel does not take all', () => {
  it('has the stream count the bytes until they are out, and then drain', async () => {
    expect(writeDirectly(near, marked(1))).toBe(false);
    expect(near.writableLength).toBe(MUCH);
    expect(near.writableNeedDrain).toBe(true);
    const drained = once(near, 'drain');
    expect(await read(MUCH)).toBe(digest(marked(1)));
    await drained;
    expect(near.writableLength).toBe(0);
    near.write = () => {
      throw new Error('the stream was written to');
    };
    expect(writeDirectly(near, marked(2, 10))).toBe(true);
    expect(await read(10)).toBe(digest(marked(2, 10)));
  });

  it('keeps the order with what is written behind it, in either way', async () => {
    writeDirectly(near, marked(1));
    near.write(marked(2, 1_000));
    expect(writeDirectly(near, marked(3, 1_000))).toBe(false);
    near.end(marked(4, 1_000));
    const expected = digest(marked(1), marked(2, 1_000), marked(3, 1_000), marked(4, 1_000));
    expect(await read(MUCH + 3_000)).toBe(expected);
    const ended = once(far, 'end');
    far.resume();
    await ended;
    expect(near.errored).toBeNull();
  });

  it('keeps the bytes from being collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    writeDirectly(near, marked(5));
    for (let round = 0; round < 4; round += 1) {
      await new Promise(setImmediate);
      collect();
    }
    const others = [marked(6), marked(7)];
    expect(await read(MUCH)).toBe(digest(marked(5)));
    expect(others).toHaveLength(2);
  });

  it('does not mix up the writes of two connections', async () => {
    const accepted = once(server, 'connection');
    const otherFar = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [otherNear] = (await accepted) as [Socket];
    otherFar.pause();
    writeDirectly(near, marked(1));
    writeDirectly(otherNear, marked(2));
    const drained = once(near, 'drain');
    await read(MUCH);
    await drained;
    expect(otherNear.writableLength).toBe(MUCH);
    const otherDrained = once(otherNear, 'drain');
    otherFar.resume();
    await otherDrained;
    otherNear.destroy();
    otherFar.destroy();
  });

  it('lets the time of the socket go on while the other end takes some of them', async () => {
    let late = 0;
    near.on('timeout', () => {
      late += 1;
    });
    writeDirectly(near, marked(1));
    near.setTimeout(60_000);
    // What the socket's timer does when it is due.
    const timeIsUp = () => (near as unknown as { _onTimeout(): void })._onTimeout();
    timeIsUp();
    expect(late).toBe(0);
    timeIsUp();
    expect(late).toBe(1);
    await read(MUCH / 2);
    timeIsUp();
    expect(late).toBe(1);
    const drained = once(near, 'drain');
    await read(MUCH / 2);
    await drained;
    timeIsUp();
    expect(late).toBe(2);
  });

  it('ends without an error when the socket is destroyed', async () => {
    writeDirectly(near, marked(1));
    const closed = once(near, 'close');
    near.destroy();
    expect(await closed).toEqual([false]);
    expect(near.errored).toBeNull();
  });

  it('ends with the error that node would give when the other end resets', async () => {
    writeDirectly(near, marked(1));
    const failed = once(near, 'error');
    far.resetAndDestroy();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error).toMatchObject({ syscall: expect.stringMatching(/write|read/) });
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
    await once(near, 'close');
  });

  it('does not go on where the stream would write the bytes a second time', async () => {
    near.cork();
    const failed = once(near, 'error');
    writeDirectly(near, marked(1));
    expect(String(await failed)).toContain('while a write was under way');
    expect(near.destroyed).toBe(true);
  });
});

describe('where it may not write', () => {
  it('waits behind what the stream holds', async () => {
    near.write(marked(1));
    expect(near.writableLength).toBeGreaterThan(0);
    expect(writeDirectly(near, marked(2, 1_000))).toBe(false);
    expect(await read(MUCH + 1_000)).toBe(digest(marked(1), marked(2, 1_000)));
  });

  it('says so of a socket that was ended, as the stream does', async () => {
    near.end();
    const failed = once(near, 'error');
    writeDirectly(near, Buffer.from('late'));
    expect(await failed).toMatchObject([{ code: 'ERR_STREAM_WRITE_AFTER_END' }]);
  });

  it('says nothing of one that is closed, as the stream does', async () => {
    near.destroy();
    await once(near, 'close');
    expect(writeDirectly(near, Buffer.from('late'))).toBe(false);
    expect(near.errored).toBeNull();
  });

  it('has a write that fails at once end the socket with its error', async () => {
    const closed = once(far, 'close');
    far.resetAndDestroy();
    await closed;
    // Its end is known to the kernel, but node has not been told yet.
    const failed = once(near, 'error');
    writeDirectly(near, Buffer.from('nobody reads this'));
    writeDirectly(near, Buffer.from('nor this'));
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error.syscall).toBe('write');
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
  });

  it('leaves a socket whose time is kept to the stream, which has every write start it anew', async () => {
    near.setTimeout(60_000);
    const write = vi.spyOn(near, 'write');
    writeDirectly(near, marked(1, 10));
    expect(write).toHaveBeenCalledOnce();
    expect(await read(10)).toBe(digest(marked(1, 10)));
  });
});
