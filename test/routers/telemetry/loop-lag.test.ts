import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type LoopLag, measureLoopLag } from '../../../src/routers/embedded/telemetry/loop-lag.ts';
import { eventually } from '../support.ts';

/** More than libuv asks the kernel for at a time, which is 1,024: it does not look at its timers then. */
const CLIENTS = 1_500;
/** Of each request, ms. */
const COST = 0.2;
/** Asks on so many connections, on each again as soon as it is answered. */
const ASKING = `
  const { connect } = require('node:net');
  for (let i = 0; i < ${CLIENTS}; i += 1) {
    const socket = connect(Number(process.argv[1]), '127.0.0.1', () => socket.write('x'));
    socket.on('data', () => socket.write('x'));
    socket.on('error', () => process.exit());
  }
`;

it('is told each time the whole queue has been read, however long that is', async () => {
  const sockets = new Set<Socket>();
  let lag: LoopLag | null = null;
  let reads = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      reads += 1;
      lag?.want();
      const until = performance.now() + COST;
      while (performance.now() < until);
      socket.write(bytes);
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: CLIENTS });
  await once(server, 'listening');
  const asking = spawn(process.execPath, ['-e', ASKING, String((server.address() as AddressInfo).port)], {
    stdio: 'ignore',
  });
  // Looked for by what was read meanwhile, not by time.
  await new Promise<void>((resolve) => {
    let inRow = 0;
    let before = 0;
    lag = measureLoopLag((ms, idle) => {
      const turn = reads - before;
      before = reads;
      // Not all of them may have asked again when one has been served.
      const isTurn = turn >= CLIENTS / 3 && turn <= 3 * CLIENTS;
      inRow = isTurn && !idle && ms >= turn * COST * 0.9 ? inRow + 1 : 0;
      if (inRow === 5) resolve();
    });
  });
  lag!.close();
  asking.kill('SIGKILL');
  for (const socket of sockets) socket.destroy();
  server.close();
});

it('knows of moments without work', async () => {
  const idles: boolean[] = [];
  const lag = measureLoopLag((_, idle) => {
    idles.push(idle);
    lag.want();
  });
  await eventually('it has been told some times', () => idles.length > 5);
  expect(idles).toContain(true);
  lag.close();
});

it('wakes an idle process seldom, until somebody wants to know', async () => {
  let seldom = 0;
  let often = 0;
  const idle = measureLoopLag(() => {
    seldom += 1;
  });
  const wanted = measureLoopLag(() => {
    often += 1;
    wanted.want();
  });
  await eventually('the former has been told some times', () => seldom === 4);
  expect(often).toBeGreaterThan(5 * seldom);
  wanted.close();
  const before = performance.now();
  idle.want();
  await eventually('it is told soon', () => seldom === 5);
  idle.want();
  await eventually('and again', () => seldom === 6);
  const soon = performance.now() - before;
  await eventually('and seldom', () => seldom === 8);
  expect(performance.now() - before - soon).toBeGreaterThan(soon);
  idle.close();
});
