/** Thousands of clients with TLS that come back at once, as after a start: their handshakes take all that the process can give. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { TARGET } from '../../../src/routers/embedded/overload/standing-queue.ts';
import { secureRouter } from '../support/secure-router.ts';
import { backend } from '../support.ts';

const CLIENTS = 20;
const ROUNDS = 3;
/** Clients in a process of their own, each request over a connection of its own; says how many were answered with which status. */
const ASKING = `
  const { request } = require('node:https');
  const counts = {};
  const ask = (left) => {
    if (left === 0) return;
    request({ port: Number(process.argv[1]), host: 'localhost', rejectUnauthorized: false, agent: false }, (res) => {
      res.resume();
      counts[res.statusCode] = (counts[res.statusCode] ?? 0) + 1;
      ask(left - 1);
    }).end();
  };
  for (let i = 0; i < ${CLIENTS}; i += 1) ask(${ROUNDS});
  process.on('exit', () => console.log(JSON.stringify(counts)));
`;

it('refuses nobody who has just waited for a handshake, however late the router is', async () => {
  const [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
  blue.handle = (_req, res) => void res.end('served');
  await running.lead([blue.port]);
  let busy = true;
  // As if other handshakes took the processor.
  const work = () => {
    const until = performance.now() + 1.1 * TARGET;
    while (performance.now() < until);
    if (busy) setImmediate(work);
  };
  work();
  const asking = spawn(process.execPath, ['-e', ASKING, String(running.port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(asking.stdout), once(asking, 'close')]);
  busy = false;
  expect(JSON.parse(said)).toEqual({ 200: CLIENTS * ROUNDS });
  await running.close();
  await blue.close();
});
