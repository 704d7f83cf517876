/** A router hands over to another process under load: nobody notices, and nothing is counted twice or not at all. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStarted } from '../../../src/system/process/process-identity.ts';
import {
  alive,
  ask,
  type Backend,
  canary,
  eventually,
  type RunningRouter,
  runningRouter,
} from '../support.ts';
import { type HandoverStage, handoverStage, PATIENT } from './handover-stage.ts';

const LAUNCHER = fileURLToPath(new URL('../support/launch-router.ts', import.meta.url));
const STRANGER = fileURLToPath(new URL('./launch-stranger.ts', import.meta.url));
const ENV = '/usr/bin/env';

describe('a router that is upgraded', () => {
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

  it('twice, under load of every kind: no request fails, each is counted once, and so is each client', async () => {
    const people = await stage.gather();
    const pids = [(await running.processes()).pid];
    for (let turn = 1; turn <= 2; turn += 1) {
      await stage.goesOn(people, 30);
      const next = await running.upgrade();
      expect((await running.processes()).pid).toBe(next);
      pids.push(next);
      await stage.goesOn(people, 30);
    }
    expect(new Set(pids).size).toBe(3);
    await people.stop();
    expect(people.failures).toEqual([]);
    await eventually('the ones before have ended', async () =>
      (await Promise.all(pids.slice(0, 2).map(processStarted))).every((started) => started === null),
    );
    await stage.expectAllCounted(people);
    const { blocks } = await stage.counted();
    const numbers = blocks.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(running.log()).not.toMatch(/were cut/);
  }, 120_000);

  it('by one that cannot be it: it goes on as it was, and says why', async () => {
    const people = await stage.gather();
    const { pid, workers } = await running.processes();
    const wrong: [string, readonly string[]][] = [
      ['spawn', ['/nowhere/teal', 'router']],
      ['it ended with 1', [process.execPath, '-e', 'no program at all']],
      ['protocol 0, and this one version', [process.execPath, STRANGER]],
      ['of another version', [ENV, 'TEAL_TEST_PROGRAM=old-worker.ts', process.execPath, LAUNCHER]],
    ];
    for (const [why, command] of wrong) {
      const error = await running.upgrade(command).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: 'E_ROUTER_UPGRADE', why: expect.stringMatching(why) });
      expect(await running.processes()).toMatchObject({ pid, workers });
      await stage.goesOn(people, 10);
    }
    expect((await running.processes()).pid).not.toBe(await running.upgrade());
    await stage.goesOn(people, 10);
    await people.stop();
    expect(people.failures).toEqual([]);
    await stage.expectAllCounted(people);
  }, 120_000);

  it('by SIGUSR2, to what its program is now', async () => {
    await stage.switchTo(0);
    const { pid } = await running.processes();
    process.kill(pid, 'SIGUSR2');
    await eventually('it is another process', async () => (await running.processes()).pid !== pid);
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe('blue');
    await eventually('the one before has ended', async () => (await alive([pid])) === 0);
  }, 120_000);

  it('obeys each change of traffic that is acknowledged, at whatever moment of two upgrades it comes', async () => {
    await stage.switchTo(0);
    await eventually('both are healthy', async () => {
      const { healthy } = await running.observed('shop');
      return healthy.blue === 1 && healthy.green === 1;
    });
    const kept = Array.from({ length: 6 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const url = `http://127.0.0.1:${port}/`;
    let upgraded = 0;
    const upgrades = (async () => {
      for (; upgraded < 2; upgraded += 1) await running.upgrade();
    })();
    let changes = 0;
    while (upgraded < 2) {
      const weight = changes % 2 === 0 ? 10_000 : 0;
      changes += 1;
      await running.router.apply(
        canary(port, [blue], [green], weight, { ...PATIENT, revision: String(changes) }),
      );
      const asked = [...kept, ...kept.map(() => undefined)];
      const answers = await Promise.all(asked.map((agent) => ask(url, agent && { agent })));
      expect(new Set(answers.map(({ body }) => body)), `change ${changes}`).toEqual(
        new Set([weight === 0 ? 'blue' : 'green']),
      );
    }
    await upgrades;
    expect(changes).toBeGreaterThan(2);
    const table = JSON.parse(await readFile(join(running.home.router, 'table', 'shop.json'), 'utf8'));
    expect(table.routing.revision).toBe(String(changes));
    for (const agent of kept) agent.destroy();
  }, 120_000);
});

it('a router without workers says that it cannot hand over, and goes on', async () => {
  const running = await runningRouter(0);
  const { pid } = await running.processes();
  await expect(running.upgrade()).rejects.toMatchObject({ code: 'E_ROUTER_ALONE' });
  expect((await running.processes()).pid).toBe(pid);
  await running.close();
});
