/** An instance that costs little: answers `/N` with N bytes. `node fixed-backend.ts` prints its port. */
import { type AddressInfo, createServer } from 'node:net';

const answers = new Map<string, Buffer>();
const answerOf = (path: string): Buffer => {
  let answer = answers.get(path);
  if (answer === undefined) {
    const length = Number(path.slice(1));
    answer = Buffer.concat([
      Buffer.from(
        `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: ${length}\r\n\r\n`,
      ),
      Buffer.alloc(length, 'x'),
    ]);
    answers.set(path, answer);
  }
  return answer;
};

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      socket.write(answerOf(text.split(' ', 2)[1]!));
      text = text.slice(end + 4);
    }
  });
  socket.on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
