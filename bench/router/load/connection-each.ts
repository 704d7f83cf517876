/** Load where every request has a connection of its own, which the proxy closes. */
import { AnswerCheck } from './answer-check.ts';
import { connectTo } from './connect-to.ts';
import { after, obey } from './obey.ts';
import { requestFor } from './request.ts';

const ADDRESSES = 200;

obey(async ({ port, tls, size, connections, ms }, steady) => {
  const request = requestFor(size, true);
  const answers = new AnswerCheck(size);
  const result = { right: 0, wrong: 0, p99: 0 };
  let count = 0;
  let open = 0;
  let over = false;
  const ask = () => {
    const check = answers.fresh();
    let right = false;
    count += 1;
    open += 1;
    const localAddress = `127.0.1.${1 + (count % ADDRESSES)}`;
    const socket = connectTo({ port, tls, localAddress }, (bytes) => {
      right = check.take(bytes) ?? right;
    });
    socket.write(request);
    socket.on('close', () => {
      open -= 1;
      if (right) result.right += 1;
      else result.wrong += 1;
      if (!over) ask();
    });
  };
  steady();
  for (let i = 0; i < connections; i += 1) ask();
  await after(ms);
  over = true;
  while (open > 0) await after(5);
  return result;
});
