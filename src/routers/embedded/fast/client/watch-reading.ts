import type { Socket } from 'node:net';

/**
 * Ends the connection of a client that takes nothing for `within` ms of what waits for it. Asked for only where it has taken
 * long already: the socket's own timer, which starts anew with every byte that leaves, costs more than a deadline. `onTaken`:
 * it has taken all, and was silent since then. A stream says `drain` only after it was full, so that this may be all that tells.
 */
export function watchReading(socket: Socket, within: number, onTaken: () => void = () => undefined): void {
  const look = () => {
    if (socket.writableLength > 0) return void socket.destroy();
    leave();
    onTaken();
  };
  const leave = () => {
    socket.off('timeout', look);
    socket.off('drain', leave);
    socket.setTimeout(0);
  };
  socket.setTimeout(within, look);
  socket.once('drain', leave);
}
