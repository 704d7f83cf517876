import type { Socket } from 'node:net';

/**
 * Puts back what was read of a paused socket that nobody listens to, and gives it to `server`, in the next turn of the loop: node's
 * parser takes what comes from beneath the socket, before what stands in it, and by TLS more of one read may be yet to come.
 * `onFault`: called with what `server` throws.
 */
export function handOver(
  socket: Socket,
  bytes: Buffer,
  server: (socket: Socket) => void,
  onFault: (error: unknown) => void,
): void {
  socket.unshift(bytes);
  socket.on('error', ignore);
  setImmediate(() => {
    if (socket.destroyed) return;
    socket.off('error', ignore);
    try {
      server(socket);
      socket.resume();
    } catch (error) {
      onFault(error);
    }
  });
}

/** The closing follows. */
const ignore = (): void => undefined;
