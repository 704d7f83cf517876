import type { Socket } from 'node:net';

/**
 * Ends the connection of a client that takes nothing for `within` ms. Asked for only where it has taken long already: the
 * socket's own timer, which starts anew with every byte that leaves, costs more than a deadline.
 */
export function watchReading(socket: Socket, within: number): void {
  const end = () => socket.destroy();
  socket.setTimeout(within, end);
  socket.once('drain', () => {
    socket.off('timeout', end);
    socket.setTimeout(0);
  });
}
