/** Load over HTTP/2 by TLS: a few sessions, each with several streams that ask again as soon as their answer is whole. */
import { connect } from 'node:http2';
import { patternOf } from '../pattern.ts';
import { after, obey } from './obey.ts';
import { Steadiness } from './steadiness.ts';

const STREAMS = 16;

obey(async ({ port, size, connections, ms }, steady) => {
  const body = patternOf(size);
  const result = { right: 0, wrong: 0, p99: 0 };
  const headers = { ':path': `/${size}`, 'user-agent': 'bench', accept: '*/*', 'x-user-id': 'u1' };
  let over = false;
  const count = Math.max(1, Math.round(connections / STREAMS));
  const steadiness = new Steadiness(count, result, steady);
  const sessions = Array.from({ length: count }, () => {
    const session = connect(`https://127.0.0.1:${port}`, {
      ...{ rejectUnauthorized: false, servername: 'shop.test', minVersion: 'TLSv1.3' },
    });
    const ask = () => {
      const stream = session.request({ ...headers, ':authority': 'shop.test' });
      let at = 0;
      let right = true;
      stream.on('response', (answer) => {
        right &&= answer[':status'] === 200 && Number(answer['content-length']) === size;
      });
      stream.on('data', (chunk: Buffer) => {
        right &&= body.compare(chunk, 0, chunk.length, at, at + chunk.length) === 0;
        at += chunk.length;
      });
      stream.on('end', () => {
        if (over) return;
        if (right && at === size) result.right += 1;
        else result.wrong += 1;
        if (!session.destroyed) ask();
      });
      stream.on('error', () => {
        if (!over) result.wrong += 1;
      });
      stream.end();
    };
    session.on('error', () => undefined);
    session.on('connect', () => {
      steadiness.count();
      for (let i = 0; i < STREAMS; i += 1) ask();
    });
    return session;
  });
  await steadiness.reached;
  await after(ms);
  over = true;
  for (const session of sessions) session.destroy();
  return result;
});
