/**
 * A router that has to share its core with others. It is not overloaded for that: as long as few wait, each is served soon after it
 * has got its processor back. Linux only: elsewhere nobody can be kept to a core.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HTTP_DEFAULTS } from '../../../src/core/service/http-spec.ts';
import { isWithout } from '../../support/real-part.ts';
import { type Backend, backend, freePort, type RunningRouter, routing, runningRouter } from '../support.ts';
import { connectLoad, type OfferedLoad } from './offered-load.ts';

/** Others on its core. */
const OTHERS = 4;
const FEW = 8;
/** As many requests as come, each connection asking again as soon as it is answered. */
const ALL = Number.POSITIVE_INFINITY;
const MS = 3_000;

describe.skipIf(isWithout('taskset', '-V')).each([
  ['the fast path', 'on'],
  ["node's own server", 'off'],
])('a router on a busy core, over %s', (_name, path) => {
  let running: RunningRouter;
  let blue: Backend;
  let port: number;
  const others: ChildProcess[] = [];
  const loads: OfferedLoad[] = [];

  beforeEach(async () => {
    running = await runningRouter(0, { TEAL_TEST_FAST_PATH: path });
    [blue, port] = await Promise.all([backend('blue'), freePort()]);
    const http = { ...HTTP_DEFAULTS, limits: { ...HTTP_DEFAULTS.limits, connections: null, requests: null } };
    // Not probed: a router that is as late as it may be here finds its instances too slow.
    await running.router.apply(routing(port, [blue], { http, health: { blue: null, green: null } }));
    const { pid } = await running.processes();
    execFileSync('taskset', ['-a', '-c', '-p', '0', String(pid)]);
    for (let i = 0; i < OTHERS; i += 1) {
      others.push(spawn('taskset', ['-c', '0', process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }));
    }
  });
  afterEach(async () => {
    for (const load of loads.splice(0)) load.close();
    for (const other of others.splice(0)) other.kill('SIGKILL');
    await Promise.all([running.close(), blue.close()]);
  });

  const connected = async (connections: number) => {
    const load = await connectLoad(port, connections);
    loads.push(load);
    return load;
  };

  it('refuses nobody, though a few clients take all that it can give', async () => {
    const load = await connected(FEW);
    const { served, refused } = await load.offer(ALL, MS);
    expect(served.length).toBeGreaterThan(FEW);
    expect(refused.length).toBe(0);
  });
});
