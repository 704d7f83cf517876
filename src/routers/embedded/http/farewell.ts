import type { Socket } from 'node:net';

/** What a client still sends is read for so long in all, and while it is not silent for so long, in ms: nginx's figures. */
const MOST = 30_000;
const SILENCE = 5_000;

const leaving = new WeakSet<object>();

/**
 * Has node's server close this connection gently, after the answer that is the last: while the client is still sending, closing
 * would reset the connection, and the answer may be lost before it is seen. What it sends counts for nothing any more.
 */
export function sayFarewell(socket: Socket): void {
  leaving.add(socket);
  // By this node's server closes it once the answer has gone out.
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), MOST);
    socket.once('close', () => clearTimeout(timer));
    socket.setTimeout(SILENCE, () => socket.destroy());
    socket.end();
    socket.resume();
  };
}

/** Whether no request may come from it any more. */
export const isLeaving = (socket: object): boolean => leaving.has(socket);
