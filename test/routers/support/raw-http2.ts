import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

/** Types of frames (RFC 9113, 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Header lines as literals without indexing: whatever is in them goes out as it is (RFC 7541, 6.2.2). */
export const headerBlock = (lines: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(lines.map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)])));

/** The pseudo-headers of a harmless request. */
export const GET: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'h'],
  [':path', '/one'],
];

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A client of HTTP/2 that sends what it is told. */
export interface RawHttp2 {
  readonly socket: TLSSocket;
  readonly frames: Frame[];
  send(...frames: Buffer[]): void;
  /** Whether the other side has closed or broken off. */
  readonly closed: boolean;
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** `settings`: payload of the first SETTINGS. */
export async function rawHttp2(port: number, settings: Buffer = Buffer.alloc(0)): Promise<RawHttp2> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  let rest = Buffer.alloc(0);
  let closed = false;
  const frames: Frame[] = [];
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      const stream = rest.readUInt32BE(5) & 0x7fffffff;
      frames.push({ type: rest[3]!, flags: rest[4]!, stream, payload: rest.subarray(9, end) });
      rest = rest.subarray(end);
    }
  });
  socket.on('error', () => {
    closed = true;
  });
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'secureConnect');
  socket.write(PREFACE);
  socket.write(frame(FRAME.settings, 0, 0, settings));
  return {
    socket,
    frames,
    get closed() {
      return closed;
    },
    send: (...list) => {
      if (!closed) socket.write(Buffer.concat(list));
    },
  };
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** With a prefix of seven bits (RFC 7541, 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let left = value - 127;
  for (; left >= 128; left >>= 7) bytes.push((left & 127) | 128);
  return Buffer.of(...bytes, left);
}
