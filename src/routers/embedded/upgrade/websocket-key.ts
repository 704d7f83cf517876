import { createHash } from 'node:crypto';

/** RFC 6455, 1.3. */
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What a server of WebSocket over HTTP/1.1 says to a client's `Sec-WebSocket-Key` (RFC 6455, 4.2.2). */
export const acceptOf = (key: string): string =>
  createHash('sha1')
    .update(key + ACCEPT)
    .digest('base64');
