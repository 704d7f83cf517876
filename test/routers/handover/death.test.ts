import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive, eventually, type RunningRouter } from '../support.ts';
import { type HandoverStage, handoverStage, WORKERS } from './handover-stage.ts';
import { tunnelOf } from './tunnel-of.ts';

describe('a router in a handover', () => {
  let stage: HandoverStage;
  let running: RunningRouter;
  let port: number;

  beforeEach(async () => {
    stage = await handoverStage();
    ({ running, port } = stage);
  });
  afterEach(() => stage.close());

  it('which is killed while it gets ready: the one before goes on, and only what the new one had is cut', async () => {
    const people = await stage.gather();
    const { pid } = await running.processes();
    const upgrading = running.upgrade().catch((failure: unknown) => failure);
    const heir = await stage.heirOf(1);
    process.kill(heir, 'SIGKILL');
    expect(await upgrading).toMatchObject({ code: 'E_ROUTER_UPGRADE' });
    expect((await running.processes()).pid).toBe(pid);
    // Whoever was cut off has noticed by then.
    await stage.goesOn(people, 10);
    const failed = people.failures.length;
    await stage.goesOn(people, 30);
    expect(people.failures.length).toBe(failed);
    // What it had, it had alone: a worker of the one before would have lost everybody's.
    for (const failure of people.failures)
      expect(failure).toMatch(/ECONNRESET|hang up|EPIPE|cut off|HTTP\/2|tunnel/);
    await people.stop();
    // Also not what the one that was killed had.
    await stage.nothingInFlight();
    expect(await running.upgrade()).not.toBe(pid);
  }, 120_000);

  it('and the one before is killed: in the middle both end; afterwards the new one goes on', async () => {
    await stage.switchTo(0);
    const { pid, workers } = await running.processes();
    void running.upgrade().catch(() => undefined); // nobody is there to answer
    // Once its workers serve it may be the router at any moment.
    const heir = await stage.heirOf(0);
    process.kill(pid, 'SIGKILL');
    await eventually('both have ended', async () => (await alive([pid, heir, ...workers])) === 0);
    await running.start();

    const people = await stage.gather();
    const second = await running.processes();
    const next = await running.upgrade();
    process.kill(second.pid, 'SIGKILL');
    await eventually('it has ended', async () => (await alive([second.pid, ...second.workers])) === 0);
    // Whoever was cut off has noticed by then.
    await stage.goesOn(people, 10);
    const failed = people.failures.length;
    await stage.goesOn(people, 30);
    await people.stop();
    expect(people.failures.length).toBe(failed);
    expect((await running.processes()).pid).toBe(next);
    expect((await running.observed('shop')).problem).toBeNull();
    await stage.nothingInFlight();
    await running.kill('SIGKILL');
  }, 120_000);

  it('is killed while those of the one before still drain: these end as well, and the next one starts as ever', async () => {
    await stage.switchTo(0);
    const socket = await tunnelOf(port);
    const first = await running.processes();
    const next = await running.upgrade();
    const { workers } = await running.processes();
    expect(await alive([first.pid])).toBe(1);
    // As long as it drains it obeys the new one, and what it has in flight counts.
    expect((await running.observed('shop')).inFlight.blue).toBe(1);
    process.kill(next, 'SIGKILL');
    await eventually(
      'all have ended',
      async () => (await alive([first.pid, ...first.workers, next, ...workers])) === 0,
    );
    expect(await socket.closed).toBe(true);
    await running.start();
    await eventually('it serves', async () => (await running.observed('shop')).healthy.blue === 1);
  }, 120_000);

  it('takes signals at any moment, and so do its workers where the whole group gets them', async () => {
    await stage.switchTo(0);
    const upgrading = running.upgrade();
    const heir = await stage.heirOf(1);
    process.kill(heir, 'SIGHUP');
    expect(await upgrading).toBe(heir);
    const fresh = await eventually('its workers were replaced', async () => {
      const { workers } = await running.processes();
      return running.log().includes('the workers are replaced one by one') && workers.length === WORKERS
        ? workers
        : null;
    });
    process.kill(-heir, 'SIGUSR2');
    await eventually('it is another process', async () => (await running.processes()).pid !== heir);
    await eventually('the one before has ended', async () => (await alive([heir, ...fresh])) === 0);
    expect(running.log()).not.toMatch(/were cut/);
  }, 120_000);

  it('is asked to end while the one before drains: both end, and nothing is left', async () => {
    await stage.switchTo(0);
    const socket = await tunnelOf(port);
    const first = await running.processes();
    const next = await running.upgrade();
    const { workers } = await running.processes();
    process.kill(next, 'SIGTERM');
    socket.end();
    await eventually(
      'all have ended',
      async () => (await alive([first.pid, ...first.workers, next, ...workers])) === 0,
    );
  }, 120_000);
});
