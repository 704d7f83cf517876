import { Socket } from 'node:net';

/**
 * A socket notes how much of its last write had to wait. Its timer compares that with what still waits when it is due, and starts anew where
 * some has left; without the note, a client that reads slowly looks like one that does not read.
 */
const MARK = Object.getOwnPropertySymbols(new Socket()).find(
  ({ description }) => description === 'lastWriteQueueSize',
);

/** Whether sockets keep that note where it is known; if not, `markWaiting` does nothing. */
export const CAN_MARK = MARK !== undefined;

/** The handle of this socket has so many bytes of a write that the kernel did not take at once. */
export function markWaiting(socket: Socket, length: number): void {
  if (MARK !== undefined) (socket as Marked)[MARK] = length;
}

/** They are out: the socket's time, if it is kept, starts anew. */
export function unmarkWaiting(socket: Socket): void {
  markWaiting(socket, 0);
  if (socket.timeout) socket.setTimeout(socket.timeout);
}

interface Marked extends Socket {
  [mark: symbol]: unknown;
}
