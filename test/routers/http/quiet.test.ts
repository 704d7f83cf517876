/** Connections on which nothing happens: a client's between requests, and one that an instance does not accept. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessRouter, inProcessRouter } from '../support/in-process-router.ts';
import { ask, askRaw, type Backend, backend, eventually, freePort, killed, routing } from '../support.ts';

const HOST = '127.0.0.1';

describe.each([
  ['fast path', true],
  ["node's own server", false],
] as const)('a quiet connection: %s', (_name, fastPath) => {
  let running: InProcessRouter;
  let blue: Backend;
  let port: number;

  beforeEach(async () => {
    running = await inProcessRouter({ fastPath, limits: { keepAlive: 200, connect: 300 } });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
  });
  afterEach(async () => {
    await running.close();
    await blue.close();
  });
  const lead = (instances: readonly number[], hold = 0) =>
    running.router.apply(
      routing(port, [], {
        hold,
        endpoints: { blue: instances.map((instance) => ({ host: HOST, port: instance })), green: [] },
        health: { blue: null, green: null },
      }),
    );

  it('of a client ends some time after its last answer, without a word', async () => {
    await lead([blue.port]);
    const answer = await askRaw(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nblue$/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  describe('to an instance that accepts none', () => {
    const fillers: Socket[] = [];
    let stopped: { readonly pid: number; readonly port: number };

    beforeEach(async () => {
      const program = `const server = require('node:net').createServer();
        server.listen(0, '${HOST}', 1, () => console.log(server.address().port));`;
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = await once(child.stdout, 'data');
      stopped = { pid: child.pid!, port: Number(String(said)) };
      // The kernel goes on to make connections for a process that stands still, until its queue is full.
      process.kill(stopped.pid, 'SIGSTOP');
      for (let full = false; !full; ) {
        const filler = connect(stopped.port, HOST);
        filler.on('error', () => undefined);
        fillers.push(filler);
        const waited = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 200));
        full = await Promise.race([once(filler, 'connect').then(() => false), waited]);
      }
    });
    afterEach(async () => {
      for (const filler of fillers.splice(0)) filler.destroy();
      await killed(stopped.pid);
    });

    it('is given up after some time, and another instance gets the request, whatever it is', async () => {
      await lead([stopped.port, blue.port]);
      for (let i = 0; i < 8; i += 1) {
        expect(await ask(`http://${HOST}:${port}/`, { method: 'POST', body: 'pay' })).toMatchObject({
          status: 200,
          body: 'blue',
        });
      }
      expect(blue.requests).toHaveLength(8);
    });

    it('is answered 502 or 503 where there is no other, and counted as unreachable', async () => {
      await lead([stopped.port]);
      const { status } = await ask(`http://${HOST}:${port}/`);
      expect([502, 503]).toContain(status);
      await eventually('it is counted', () =>
        running.router.traffic(0).some((block) => block.requests.unreachable === 1),
      );
    });
  });
});
