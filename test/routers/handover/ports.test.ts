import { Agent } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive, ask, type Backend, canary, eventually, freePort, type RunningRouter } from '../support.ts';
import { type HandoverStage, handoverStage, PATIENT } from './handover-stage.ts';
import { tunnelOf } from './tunnel-of.ts';

describe('after a handover, the new router', () => {
  let stage: HandoverStage;
  let running: RunningRouter;
  let blue: Backend;
  let green: Backend;
  let port: number;

  beforeEach(async () => {
    stage = await handoverStage();
    ({ running, blue, green, port } = stage);
  });
  afterEach(() => stage.close());

  it('hands over in its turn while the first still drains: that one obeys the third, and its counts arrive there', async () => {
    await stage.switchTo(0);
    const socket = await tunnelOf(port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = `http://127.0.0.1:${port}/`;
    expect((await ask(url, { agent })).body).toBe('blue');
    const first = await running.processes();
    const second = await running.upgrade();
    await running.upgrade();
    expect(await alive([first.pid, second])).toBe(2);
    expect((await running.observed('shop')).inFlight.blue).toBe(1);
    await stage.switchTo(10_000);
    const { body, headers } = await ask(url, { agent });
    expect(body).toBe('green');
    // It is a worker of the first one that has answered: those end each connection with its next answer.
    expect(headers.connection).toBe('close');
    socket.end();
    agent.destroy();
    await eventually(
      'both have ended',
      async () => (await alive([first.pid, second, ...first.workers])) === 0,
    );
    await eventually('all are counted', async () => (await stage.counted()).requests === 3);
    expect((await running.observed('shop')).inFlight.blue).toBe(0);
  }, 120_000);

  it('opens new ports alone: workers of the one before, which only end, take no new connections there', async () => {
    await stage.switchTo(0);
    const socket = await tunnelOf(port);
    const { pid } = await running.processes();
    await running.upgrade();
    const [moved, another] = await Promise.all([freePort(), freePort()]);
    await running.router.apply(canary(moved, [blue], [green], 0, PATIENT));
    await running.router.apply(canary(another, [blue], [green], 0, { ...PATIENT, service: 'another' }));
    for (const [service, its] of [
      ['shop', moved],
      ['another', another],
    ] as const) {
      await eventually('it is served', async () => (await ask(`http://127.0.0.1:${its}/`)).body === 'blue');
      expect(await running.observed(service)).toMatchObject({ problem: null });
    }
    expect(await alive([pid])).toBe(1);
    // Two routers that want one port: one of them would not get it.
    expect(running.log()).not.toMatch(/cannot listen/);
    socket.end();
    await eventually('the one before has ended', async () => (await alive([pid])) === 0);
  }, 120_000);

  it('leaves what goes on at a port that its service had before to its end', async () => {
    await stage.switchTo(0);
    const socket = await tunnelOf(port);
    await running.router.apply(canary(await freePort(), [blue], [green], 0, PATIENT));
    const { pid } = await running.processes();
    await running.upgrade();
    // Takes longer than a worker that is done.
    await running.upgrade();
    expect(await socket.echoes()).toBe(true);
    expect(await alive([pid])).toBe(1);
    socket.end();
    await eventually('the one before has ended', async () => (await alive([pid])) === 0);
  }, 120_000);
});
