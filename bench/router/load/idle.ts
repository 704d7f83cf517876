/** Opens connections, has each carry one request, and holds them open and idle until the time is over. */
import type { Socket } from 'node:net';
import { AnswerCheck } from './answer-check.ts';
import { connectTo } from './connect-to.ts';
import { after, obey } from './obey.ts';
import { requestFor } from './request.ts';

/** So many connect at a time. */
const AT_ONCE = 200;

obey(async ({ port, tls, size, connections, ms }, steady) => {
  const request = requestFor(size);
  const answers = new AnswerCheck(size);
  const result = { right: 0, wrong: 0, p99: 0 };
  const sockets: Socket[] = [];
  const open = () =>
    new Promise<void>((resolve) => {
      const check = answers.fresh();
      const socket = connectTo({ port, tls }, (bytes) => {
        if (check.take(bytes) === true) result.right += 1;
        resolve();
      });
      socket.on('close', resolve);
      socket.write(request);
      sockets.push(socket);
    });
  while (sockets.length < connections) await Promise.all(Array.from({ length: AT_ONCE }, open));
  steady();
  await after(ms);
  for (const socket of sockets) {
    if (socket.destroyed) result.wrong += 1;
    socket.destroy();
  }
  return result;
});
