import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** Opens a connection to a port of this machine: without TLS, or with it for HTTP/1.1, whoever the server is. */
export type Dial = (port: number) => Socket;

export const dialPlain: Dial = (port) => connect({ port, host: '127.0.0.1', noDelay: true });
export const dialSecure: Dial = (port) => {
  const options = { port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], rejectUnauthorized: false };
  return connectSecurely(options).setNoDelay();
};

/** Sends bytes as they are and resolves with all that comes back until the connection closes. */
export function askRaw(port: number, text: string, dial: Dial = dialPlain): Promise<string> {
  const socket = dial(port);
  socket.write(text, 'latin1');
  return allOf(socket);
}

/** As {@link askRaw}, each byte in a packet of its own. */
export function dribble(port: number, text: string, dial: Dial = dialPlain): Promise<string> {
  const socket = dial(port);
  let at = 0;
  const next = () => {
    if (at >= text.length || socket.destroyed) return;
    socket.write(text[at++]!, 'latin1', () => setImmediate(next));
  };
  next();
  return allOf(socket);
}

function allOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
