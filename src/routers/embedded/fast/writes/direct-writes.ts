import type { Socket } from 'node:net';
import { CAN_MARK, markWaiting, unmarkWaiting } from './waiting-mark.ts';
import {
  CAN_WRITE,
  keep,
  lastWriteWaits,
  type WriteRequest,
  writeError,
  writeRequest,
} from './write-requests.ts';

/**
 * Writes to a socket that is not one of TLS, as `socket.write` does: false where it wants no more until it drains. Most of what is
 * written the kernel takes at once. Then the ways of node's streams (an object for the write, the count of what waits, the
 * question whether it has drained) cost more than the write does outside the kernel, and for nothing; so the socket's handle
 * is asked first, and the stream hears only of what the kernel did not take. The bytes have to stay as they are while
 * `socket.writableLength` is not 0.
 */
export function writeDirectly(socket: Socket, bytes: Buffer): boolean {
  const { _handle: handle = null } = socket as OpenSocket;
  if (!CAN_WRITE || !CAN_MARK || handle === null || !isFree(socket)) return socket.write(bytes);
  const request = writeRequest();
  const status = handle.writeBuffer(request, bytes);
  // No closure here: what one holds is allocated with each call, whether it is made or not.
  if (status !== 0) return tellOfError(socket, bytes, status);
  return lastWriteWaits() ? tellOfWait(socket, bytes, request) : true;
}

/** A socket as node sees it. */
interface OpenSocket extends Socket {
  /** null: closed. */
  readonly _handle?: { writeBuffer(request: WriteRequest, bytes: Uint8Array): number } | null;
}

/**
 * Nothing waits in it that has to go out before; it was not ended, and no write has failed, of which a stream tells only later; and
 * its time is not kept, which the stream has each write start anew.
 */
const isFree = (socket: Socket): boolean =>
  socket.writableLength === 0 && socket.writable && !socket.connecting && !socket.timeout;

const tellOfError = (socket: Socket, bytes: Buffer, status: number): boolean =>
  tellStream(socket, bytes, (done) => done(writeError(status)));

function tellOfWait(socket: Socket, bytes: Buffer, request: WriteRequest): boolean {
  keep(request, bytes);
  return tellStream(socket, bytes, (done) => {
    markWaiting(socket, bytes.length);
    request.oncomplete = (status) => {
      if (socket.destroyed) return void done(null);
      unmarkWaiting(socket);
      done(status === 0 ? null : writeError(status));
    };
  });
}

/**
 * The handle has the bytes already, or refused them. The stream counts them as a write of its own, of which `outcome` tells it what
 * became, so that back-pressure, errors and the end come as they would have.
 */
function tellStream(
  socket: Socket,
  bytes: Buffer,
  outcome: (done: (error: Error | null) => void) => void,
): boolean {
  let isCounted = false;
  socket._write = (_bytes, _encoding, done) => {
    isCounted = true;
    outcome(done);
  };
  const room = socket.write(bytes);
  Reflect.deleteProperty(socket, '_write');
  // An empty write waits without a length, and a corked socket holds back: these bytes would go out once more behind it.
  if (!isCounted) socket.destroy(new Error('written while a write was under way'));
  return room;
}
