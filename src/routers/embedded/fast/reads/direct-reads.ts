import { Socket } from 'node:net';
import { copyOf } from '../../wire/bytes.ts';
import { sharedBytes, shareReads } from './shared-reads.ts';

/**
 * Gets what a socket reads, in order. May pause the socket, and destroy it. `lent`: the bytes are so until this returns, and may not be
 * kept.
 */
export type TakeBytes = (bytes: Buffer, lent?: boolean) => void;

const TAKE = Symbol('who takes what this socket reads');

interface TakenSocket extends Socket {
  /** null: nobody any more. */
  [TAKE]?: TakeBytes | null;
}

/**
 * Has `take` get what the socket reads from now on, beginning in the next tick. A flowing socket that holds nothing back
 * gives each read to it directly: the ways of node's streams (buffer, event, and in the next tick the question whether to
 * read on) cost as much as reading the head of a request does. Sockets hand over what they read by `push`, as every
 * implementation of a stream does, so it is there that the way is shorter. Whatever came while the socket was paused or was
 * put back (`unshift`), and the end, go the usual way, and so does everything should a socket ever not call `push`.
 * What can be lent is, which saves the memory for it.
 */
export function takeReads(socket: Socket, take: TakeBytes): void {
  const taken: TakenSocket = socket;
  taken[TAKE] = take;
  shareReads(taken, onSharedRead);
  taken.push = pushDirectly;
  taken.on('data', take);
}

/** Undoes {@link takeReads}: somebody else reads from now on. */
export function leaveReads(socket: Socket, take: TakeBytes): void {
  const taken: TakenSocket = socket;
  taken[TAKE] = null;
  taken.push = Socket.prototype.push;
  taken.off('data', take);
}

/** One for all sockets: most of them are idle, and a function for each would take some 140 bytes. */
function pushDirectly(this: TakenSocket, bytes: Buffer | null, encoding?: BufferEncoding): boolean {
  if (bytes === null || !isFree(this)) return Socket.prototype.push.call(this, bytes, encoding);
  this[TAKE]!(bytes, false);
  return true;
}

/** Also of sockets that nobody takes the reads of any more. */
function onSharedRead(this: TakenSocket, length: number): boolean {
  const take = this[TAKE] ?? null;
  if (take === null || !isFree(this)) return this.push(copyOf(sharedBytes(length), 0, length));
  take(sharedBytes(length), true);
  return true;
}

/** It flows, and nothing waits in it that came before. */
const isFree = (socket: Socket): boolean => socket.readableFlowing === true && socket.readableLength === 0;
