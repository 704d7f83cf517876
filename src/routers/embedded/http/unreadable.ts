import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OwnAnswer } from './answer.ts';
import { HEAD_TOO_SLOW, lastWords } from './last-words.ts';

/** For the client to read why it was refused, ms. */
const FAREWELL = 1_000;

const MALFORMED: OwnAnswer = { status: 400, message: 'The request is malformed.' };
const BY_CODE: Readonly<Record<string, OwnAnswer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: HEAD_TOO_SLOW,
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The head of the request is larger than the router takes.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    message: 'The chunks of the request have too much beside them.',
  },
};

/**
 * Answers what node's parser refuses or waits for in vain, and closes the connection: nobody can say where another request
 * would begin. `answering`: the response that is due on a connection; null: none.
 */
export function answerUnreadable(server: Server, answering: (socket: Socket) => ServerResponse | null): void {
  const told = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => {
    const socket = duplex as Socket;
    if (told.has(socket)) return;
    told.add(socket);
    const code = error.code ?? '';
    const own = BY_CODE[code] ?? (code.startsWith('HPE_') ? MALFORMED : null);
    const due = answering(socket);
    if (own === null || !socket.writable || due?.headersSent) return void socket.destroy();
    socket.on('error', () => undefined);
    socket.write(lastWords(own), 'latin1');
    // Whoever serves the request whose body this was is to know at once.
    if (due !== null) return void socket.destroySoon();
    socket.end();
    // Closing with something unread would reset the connection before the answer is seen.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), FAREWELL);
    socket.once('close', () => clearTimeout(timer));
  });
}
