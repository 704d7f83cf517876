/** Load over keep-alive connections: each asks again as soon as its answer is whole. */
import { AnswerCheck } from './answer-check.ts';
import { connectTo } from './connect-to.ts';
import { after, obey } from './obey.ts';
import { requestFor } from './request.ts';
import { Steadiness } from './steadiness.ts';

obey(async ({ port, tls, size, connections, ms }, steady) => {
  const request = requestFor(size);
  const answers = new AnswerCheck(size);
  const result = { right: 0, wrong: 0, p99: 0 };
  const steadiness = new Steadiness(connections, result, steady);
  const sockets = Array.from({ length: connections }, () => {
    const check = answers.fresh();
    let first = true;
    const socket = connectTo({ port, tls }, (bytes) => {
      const whole = check.take(bytes);
      if (whole === null) return;
      if (first) steadiness.count();
      first = false;
      if (whole) result.right += 1;
      else result.wrong += 1;
      socket.write(request);
    });
    socket.write(request);
    return socket;
  });
  await steadiness.reached;
  await after(ms);
  for (const socket of sockets) {
    // Whoever closed a connection that asks on has left a request without its answer.
    if (socket.destroyed) result.wrong += 1;
    socket.destroy();
  }
  return result;
});
