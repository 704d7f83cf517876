import { Socket } from 'node:net';

/** Gets what a socket reads, in order. May pause the socket, and destroy it. */
export type TakeBytes = (bytes: Buffer) => void;

/**
 * Has `take` get what the socket reads from now on, beginning in the next tick. A flowing socket that holds nothing back
 * gives each read to it directly: the ways of node's streams (buffer, event, and in the next tick the question whether to
 * read on) take longer than the head of a request. Sockets hand over what they read by `push`, as every implementation of a
 * stream does, so it is there that the way is shorter. Whatever came while the socket was paused or was put back
 * (`unshift`), and the end, go the usual way, and so does everything should a socket ever not call `push`.
 */
export function takeReads(socket: Socket, take: TakeBytes): void {
  socket.push = (bytes: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (bytes === null || socket.readableFlowing !== true || socket.readableLength > 0)
      return Socket.prototype.push.call(socket, bytes, encoding);
    take(bytes);
    return true;
  };
  socket.on('data', take);
}

/** Undoes {@link takeReads}: somebody else reads from now on. */
export function leaveReads(socket: Socket, take: TakeBytes): void {
  socket.push = Socket.prototype.push;
  socket.off('data', take);
}
