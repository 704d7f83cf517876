/** Load over WebSocket: each connection sends a message again as soon as the last one has come back. */
import { HEAD_END } from '../pattern.ts';
import { clientFrame, serverFrame } from '../websocket-frames.ts';
import { connectTo } from './connect-to.ts';
import { after, obey } from './obey.ts';
import { Steadiness } from './steadiness.ts';

const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: shop.test\r\nX-User-Id: u1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
/** Of that key (RFC 6455, 1.3). */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

obey(async ({ port, tls, size, connections, ms }, steady) => {
  const message = clientFrame(size);
  const answer = serverFrame(size);
  const result = { right: 0, wrong: 0, p99: 0 };
  const steadiness = new Steadiness(connections, result, steady);
  const sockets = Array.from({ length: connections }, () => {
    let head = '';
    let at = -1;
    let right = true;
    const socket = connectTo({ port, tls }, (bytes) => {
      let start = 0;
      if (at < 0) {
        head += bytes.toString('latin1');
        if (!head.includes(HEAD_END.toString())) return;
        if (!head.startsWith('HTTP/1.1 101 ') || !head.includes(ACCEPT)) result.wrong += 1;
        start = bytes.length;
        at = 0;
        steadiness.count();
        socket.write(message);
      }
      const length = bytes.length - start;
      right &&= answer.compare(bytes, start, bytes.length, at, at + length) === 0;
      at += length;
      if (at < answer.length) return;
      if (right) result.right += 1;
      else result.wrong += 1;
      at = 0;
      socket.write(message);
    });
    socket.write(HANDSHAKE);
    return socket;
  });
  await steadiness.reached;
  await after(ms);
  for (const socket of sockets) {
    if (socket.destroyed) result.wrong += 1;
    socket.destroy();
  }
  return result;
});
