import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { HEAD_END, patternOf } from './pattern.ts';
import { clientFrame, MESSAGE, serverFrame } from './websocket-frames.ts';

/** Of RFC 6455, 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const QUESTION = clientFrame(MESSAGE).length;
const ANSWER = serverFrame(MESSAGE);
const answers = new Map<string, Buffer>();

/**
 * The instance behind the proxies, which costs as little as it can: `/N` is answered with N bytes of {@link patternOf},
 * whatever else the head says, and at `/ws` messages are sent back. Resolves to its port on 127.0.0.1.
 */
export async function listenAsInstance(): Promise<number> {
  const server = createServer({ noDelay: true }, serve);
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function serve(socket: Socket): void {
  let kept: Buffer | null = null;
  let tunnel = false;
  /** Of the message that is coming. */
  let missing = QUESTION;
  socket.on('data', (chunk: Buffer) => {
    if (tunnel) {
      for (missing -= chunk.length; missing <= 0; missing += QUESTION) socket.write(ANSWER);
      return;
    }
    const bytes: Buffer = kept === null ? chunk : Buffer.concat([kept, chunk]);
    kept = null;
    // Proxies send one request at a time, and these have no body.
    if (bytes.indexOf(HEAD_END) < 0) {
      kept = bytes;
      return;
    }
    const path = pathOf(bytes);
    if (path !== '/ws') {
      socket.write(answerTo(path));
      return;
    }
    tunnel = true;
    greet(socket, bytes.toString('latin1'));
  });
  socket.on('error', () => undefined);
}

/** The whole answer, made once for each size. */
function answerTo(path: string): Buffer {
  let answer = answers.get(path);
  if (answer === undefined) {
    const size = Number(path.slice(1));
    const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: ${size}\r\n\r\n`;
    answer = Buffer.concat([Buffer.from(head), patternOf(size)]);
    answers.set(path, answer);
  }
  return answer;
}

/** The path in `GET /1024 HTTP/1.1`. */
function pathOf(bytes: Buffer): string {
  const slash = bytes.indexOf('/');
  return bytes.toString('latin1', slash, bytes.indexOf(' ', slash));
}

function greet(socket: Socket, head: string): void {
  const key = /\r\nsec-websocket-key: *([^\r]+)/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  const lines = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n\r\n`);
}
