/**
 * So many requests a second, whatever comes of them, over keep-alive connections: what each takes from the moment at which
 * it was due, so that a proxy that falls behind is seen to. They come as those of many clients do, independently of each
 * other. The instance is in this process as well, and its loop never sleeps: two processes on one core would wait for each
 * other's slices, which are longer than anything that is measured here.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { listenAsInstance } from '../instance-server.ts';
import { AnswerCheck } from './answer-check.ts';
import { connectTo } from './connect-to.ts';
import { after, obey } from './obey.ts';
import { requestFor } from './request.ts';

/** For the last answers, ms. */
const PATIENCE = 2_000;

const port = await listenAsInstance();
process.send!({ instance: port });

/** Of Poisson arrivals with this mean, in ms; the same ones for every proxy. */
function gaps(mean: number): () => number {
  let state = 1;
  return () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647;
    return -mean * Math.log(state / 2_147_483_647);
  };
}

obey(async ({ port, tls, size, connections, ms, rate }, steady) => {
  const request = requestFor(size);
  const answers = new AnswerCheck(size);
  const result = { right: 0, wrong: 0, p99: 0 };
  const took: number[] = [];
  const waiting: number[] = [];
  const idle: (() => void)[] = [];
  const sockets = Array.from({ length: connections }, () => {
    const check = answers.fresh();
    let due = 0;
    const ask = () => {
      due = waiting.shift()!;
      socket.write(request);
    };
    const socket = connectTo({ port, tls }, (bytes) => {
      const whole = check.take(bytes);
      if (whole === null) return;
      if (whole) result.right += 1;
      else result.wrong += 1;
      took.push(performance.now() - due);
      if (waiting.length > 0) ask();
      else idle.push(ask);
    });
    socket.on('connect', () => idle.push(ask));
    return socket;
  });
  while (idle.length < connections) await after(1);
  steady();
  const start = performance.now();
  const count = Math.floor((rate * ms) / 1_000);
  const gap = gaps(1_000 / rate);
  let next = start + gap();
  for (let sent = 0; sent < count; await turn()) {
    for (; sent < count && next <= performance.now(); sent += 1) {
      waiting.push(next);
      next += gap();
      idle.pop()?.();
    }
  }
  // Those that take longest count as well.
  for (const until = performance.now() + PATIENCE; took.length < count && performance.now() < until; )
    await turn();
  result.wrong += count - took.length;
  for (const socket of sockets) socket.destroy();
  took.sort((a, b) => a - b);
  return { ...result, p99: took[Math.floor(took.length * 0.99)] ?? 0 };
});
