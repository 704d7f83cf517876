import { Socket } from 'node:net';

/** Gets what a socket reads, in order. May pause the socket, and destroy it. */
export type TakeBytes = (bytes: Buffer) => void;

const TAKE = Symbol('who takes what this socket reads');

interface TakenSocket extends Socket {
  [TAKE]?: TakeBytes;
}

/**
 * Has `take` get what the socket reads from now on, beginning in the next tick. A flowing socket that holds nothing back
 * gives each read to it directly: the ways of node's streams (buffer, event, and in the next tick the question whether to
 * read on) cost as much as reading the head of a request does. Sockets hand over what they read by `push`, as every
 * implementation of a stream does, so it is there that the way is shorter. Whatever came while the socket was paused or was
 * put back (`unshift`), and the end, go the usual way, and so does everything should a socket ever not call `push`.
 */
export function takeReads(socket: Socket, take: TakeBytes): void {
  const taken: TakenSocket = socket;
  taken[TAKE] = take;
  taken.push = pushDirectly;
  taken.on('data', take);
}

/** Undoes {@link takeReads}: somebody else reads from now on. */
export function leaveReads(socket: Socket, take: TakeBytes): void {
  socket.push = Socket.prototype.push;
  socket.off('data', take);
}

/** One for all sockets: most of them are idle, and a function for each would take some 140 bytes. */
function pushDirectly(this: TakenSocket, bytes: Buffer | null, encoding?: BufferEncoding): boolean {
  if (bytes === null || this.readableFlowing !== true || this.readableLength > 0)
    return Socket.prototype.push.call(this, bytes, encoding);
  this[TAKE]!(bytes);
  return true;
}
