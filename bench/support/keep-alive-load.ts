/**
 * Load over keep-alive connections, in a process of its own: `node keep-alive-load.ts PORT PATH LENGTH CONNECTIONS MS`.
 * Each connection asks again as soon as the answer is whole. Prints one line of JSON: answers that were right, and wrong.
 */
import { connect } from 'node:net';

const [port, path, length, connections, ms] = process.argv.slice(2);
const want = Number(length);
const request = Buffer.from(
  `GET ${path} HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nX-User-Id: u1\r\n\r\n`,
);
let right = 0;
let wrong = 0;
let over = false;

function open(): void {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  let head: Buffer | null = null;
  /** Bytes of the body that are missing; -1: the head is not whole. */
  let missing = -1;
  const ask = () => {
    missing = -1;
    head = null;
    if (over) socket.destroy();
    else socket.write(request);
  };
  socket.on('connect', ask);
  socket.on('data', (chunk: Buffer) => {
    if (missing < 0) {
      const bytes = head === null ? chunk : Buffer.concat([head, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) {
        head = bytes;
        return;
      }
      const text = bytes.toString('latin1', 0, end);
      const given = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      if (!text.startsWith('HTTP/1.1 200 ') || Number(given) !== want) wrong += 1;
      missing = want - (bytes.length - end - 4);
    } else missing -= chunk.length;
    if (missing < 0) wrong += 1;
    if (missing > 0) return;
    right += 1;
    ask();
  });
  socket.on('error', () => {
    if (!over) wrong += 1;
  });
  socket.on('close', () => {
    if (!over) wrong += 1;
  });
}

for (let i = 0; i < Number(connections); i += 1) open();
setTimeout(() => {
  over = true;
  console.log(JSON.stringify({ right, wrong }));
  process.exit(0);
}, Number(ms));
