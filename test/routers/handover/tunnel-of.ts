import { once } from 'node:events';
import { connect } from 'node:net';

/** An open tunnel to an instance that echoes; rejects where it is refused. */
export async function tunnelOf(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // the closing follows
  const closed = new Promise<boolean>((resolve) => socket.on('close', () => resolve(true)));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  const answer = String((await once(socket, 'data'))[0]);
  if (!answer.includes('101')) throw new Error(`no tunnel: ${answer}`);
  return {
    closed,
    end: () => void socket.destroy(),
    /** Whether it goes on. */
    async echoes() {
      socket.write('still');
      return Promise.race([
        once(socket, 'data').then(([data]) => String(data) === 'still'),
        closed.then(() => false),
      ]);
    },
  };
}
