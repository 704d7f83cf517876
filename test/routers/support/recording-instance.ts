import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** An instance on a bare socket that writes down what it takes each byte for, and answers what it is told to. */
export interface RecordingInstance {
  readonly port: number;
  /** Request lines in the order of their coming, or `malformed` with what it could not read. */
  readonly seen: string[];
  readonly bodies: string[];
  readonly heads: string[];
  /** What it sends back for the request with this path, in packets of `pieces` bytes. `close`: and then closes. */
  answer: (path: string) => { readonly text: string; readonly pieces?: number; readonly close?: boolean };
  /** Called with each connection that the router opens. */
  onSocket: (socket: Socket) => void;
  close(): Promise<void>;
}

/** Whole and without doubt. */
export const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export async function recordingInstance(): Promise<RecordingInstance> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    it.onSocket(socket);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      for (let taken = take(text); taken !== null; taken = take(text)) {
        text = text.slice(taken.length);
        it.seen.push(taken.line);
        it.bodies.push(taken.body);
        it.heads.push(taken.head);
        const { text: reply, pieces, close } = it.answer(taken.line.split(' ')[1] ?? '');
        send(socket, reply, pieces ?? reply.length, close ?? false);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const it: RecordingInstance = {
    port: (server.address() as AddressInfo).port,
    seen: [],
    bodies: [],
    heads: [],
    answer: () => ({ text: PLAIN }),
    onSocket: () => undefined,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return it;
}

/** The request that the text begins with, by the letter of RFC 9112; null while it is not whole. */
function take(text: string): { line: string; head: string; body: string; length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const line = head.split('\r\n', 1)[0]!;
  const start = end + 4;
  const malformed = { line: `malformed ${JSON.stringify(head)}`, head, body: '', length: text.length };
  if (!/^[A-Z]+ \/\S* HTTP\/1\.1$/.test(line)) return malformed;
  if (/(?<!\r)\n|\r(?!\n)|\0/.test(head)) return malformed;
  const lengths = [...head.matchAll(/^content-length: *(.*)$/gim)];
  const codings = [...head.matchAll(/^transfer-encoding: *(.*)$/gim)];
  if (lengths.length + codings.length > 1) return malformed;
  if (codings.length === 1) {
    const after = chunksEnd(text, start);
    return after === null ? null : { line, head, body: text.slice(start, after), length: after };
  }
  const length = Number(lengths[0]?.[1] ?? 0);
  if (text.length < start + length) return null;
  return { line, head, body: text.slice(start, start + length), length: start + length };
}

/** Where a body in chunks ends; null while it is not whole. */
function chunksEnd(text: string, start: number): number | null {
  for (let at = start; ; ) {
    const size = /^([0-9a-f]+)[^\r\n]*\r\n/i.exec(text.slice(at, at + 64));
    if (size === null) return null;
    const length = Number.parseInt(size[1]!, 16);
    at += size[0].length;
    if (length > 0) {
      at += length + 2;
      continue;
    }
    const trailers = /^(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(at));
    return trailers === null ? null : at + trailers[0].length;
  }
}

function send(socket: Socket, text: string, size: number, close: boolean): void {
  if (socket.destroyed) return;
  socket.write(text.slice(0, size), 'latin1', () => setImmediate(more));
  const more = () => {
    if (text.length > size) send(socket, text.slice(size), size, close);
    else if (close) socket.end();
  };
}
