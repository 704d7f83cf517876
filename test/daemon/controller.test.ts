import { describe, expect, test } from 'vitest';
import type { Colour, Release } from '../../src/core/model.ts';
import { stableOf } from '../../src/core/state.ts';
import { waitFor } from '../support/wait-for.ts';
import { atTheGate, controlled, promoted } from './support/controlled.ts';
import { block } from './support/drivers.ts';
import { release } from './support/release.ts';

test('a first release is prepared, routed and promoted', async () => {
  const it = await controlled();
  const first = release();
  expect(await it.deploy(first)).toMatchObject({ rollout: 'shop-1' });
  await it.until('the promotion', ({ state }) => state.last?.outcome === 'promoted');
  const { state, routing } = it.view();
  const { environment } = stableOf(state)!;
  expect(routing?.split?.[environment]).toBe(10_000);
  expect(it.router.table.get('shop')?.releases[environment]).toBe(first.id);
  expect(it.view().problems).toEqual([]);
});

test('a command is refused with its code and what to do', async () => {
  const it = await controlled();
  await promoted(it, release());
  await expect(it.command('approve')).rejects.toMatchObject({
    code: expect.stringMatching(/^E_/),
    fix: expect.any(String),
  });
  await expect(
    it.controller.submit('nothing', { id: 'x', verb: 'pause', actor: 'test', at: 1 }),
  ).rejects.toMatchObject({ code: 'E_SERVICE_UNKNOWN' });
});

test('the events of a decision are in the journal before the router is told', async () => {
  const it = await controlled();
  await promoted(it, release());
  const seen: (number | undefined)[] = [];
  const apply = it.router.apply;
  it.router.apply = async (routing) => {
    const events = it.journal.read('shop', 0, 10_000).map(({ event }) => event);
    const last = events.filter(({ type }) => type === 'split-changed').at(-1);
    if (last?.type === 'split-changed' && routing.split.blue !== last.split.blue)
      seen.push(routing.split.blue);
    await apply(routing);
  };
  await it.deploy(release());
  await it.until('the gate', ({ routing }) => routing?.split?.green === 1_000);
  expect(seen).toEqual([]);
});

test('an environment is removed only after the router has forgotten its instances', async () => {
  const it = await controlled();
  await atTheGate(it, release(), release());
  const { environment } = it.view().state.rollout!.candidate;
  const listed: boolean[] = [];
  const remove = it.platform.remove;
  it.platform.remove = async (service, colour) => {
    listed.push(it.router.table.get(service)!.endpoints[colour].length > 0);
    await remove(service, colour);
  };
  await it.command('abort');
  await it.until('the end', ({ environments }) => environments?.[environment].release === null);
  expect(listed).toEqual([false]);
  expect(it.view().state.last?.outcome).toBe('aborted');
});

test('a rollout goes on after a restart in the middle of it, and the router is not told anything twice', async () => {
  const it = await controlled();
  await atTheGate(it, release(), release());
  const told = it.router.applied.length;
  await it.restart();
  await it.until('the gate again', ({ state, routing }) => state.rollout !== null && routing !== null);
  expect(it.router.applied.length).toBe(told);
  await it.command('approve');
  await it.until('the end', ({ state }) => state.last?.id === 'shop-2');
  expect(it.view().state.last?.outcome).toBe('promoted');
});

describe('while the disk refuses', () => {
  test('an abort moves all traffic to stable at once; its events follow when there is room', async () => {
    const it = await controlled();
    const { state } = await atTheGate(it, release(), release());
    const { environment } = stableOf(state)!;
    it.full = true;
    expect(await it.command('abort')).toMatchObject({ note: expect.stringContaining('journal') });
    expect(it.router.table.get('shop')?.split[environment]).toBe(10_000);
    expect(it.view().problems.join()).toContain('disk full');
    const written = it.journal.load('shop').version;
    it.full = false;
    await it.until('the end', (view) => view.state.last?.outcome === 'aborted');
    await waitFor(() => it.journal.load('shop').last?.outcome === 'aborted');
    expect(it.journal.load('shop').version).toBeGreaterThan(written);
    expect(it.view().problems).toEqual([]);
  });

  test('a first release is taken back at once, too, though there is nothing to go back to', async () => {
    const it = await controlled();
    const first = release();
    await it.deploy({ ...first, spec: { ...first.spec, bake: 3_600_000 } });
    await it.until('the bake', ({ state, routing }) => {
      const { rollout } = state;
      return rollout?.steps[rollout.step]?.kind === 'bake' && routing?.split?.blue === 10_000;
    });
    it.full = true;
    expect(await it.command('rollback')).toMatchObject({ note: expect.stringContaining('journal') });
    expect(it.router.table.get('shop')?.split.blue).toBe(0);
    it.full = false;
    await waitFor(() => it.journal.load('shop').last?.outcome === 'rolled-back');
  });

  test('a harm verdict takes the candidate back all the same', async () => {
    const it = await controlled();
    const candidate = release();
    const stable = release();
    const { state } = await atTheGate(it, stable, candidate);
    const { rollout } = state;
    it.full = true;
    const at = Date.now() - 10_000;
    const rolloutId = rollout!.id;
    const colours = [rollout!.candidate.environment, rollout!.stable!.environment] as const;
    it.router.blocks.push(
      block(1, at, colours[0], candidate, rolloutId, { seen: 50, hurt: 40 }),
      block(2, at, colours[1], stable, rolloutId, { seen: 450, hurt: 0 }),
    );
    await waitFor(() => it.router.table.get('shop')?.split[colours[1]] === 10_000);
    expect(it.router.acknowledged).toBe(0);
    it.full = false;
    await it.until('the end', (view) => view.state.last?.outcome === 'rolled-back');
    expect(it.view().state.last).toMatchObject({ hurt: 40, reason: expect.stringContaining('40 of 50') });
    await waitFor(() => it.router.acknowledged === 2);
  });

  test('progress waits, and what asked for it is refused', async () => {
    const it = await controlled();
    await atTheGate(it, release(), release());
    it.full = true;
    const told = it.router.applied.length;
    await expect(it.command('approve')).rejects.toMatchObject({ code: 'E_JOURNAL_WRITE' });
    expect(it.router.applied.length).toBe(told);
    it.full = false;
    await it.command('approve');
    await it.until('the end', ({ state }) => state.last?.outcome === 'promoted' && state.rollout === null);
  });
});

describe('while the router is away', () => {
  test('it is a problem with its reason, the rollout waits, and goes on when the router is back', async () => {
    const it = await controlled();
    await promoted(it, release());
    it.router.away = true;
    const second = release();
    await it.deploy(second);
    await it.until('the problem', ({ problems }) => problems.join().includes('the router is away'));
    it.router.away = false;
    await it.until('the gate', ({ routing }) => routing?.split?.green === 1_000);
    expect(it.view().problems).toEqual([]);
  });
});

test('what another hand has changed in the router is put right and noted', async () => {
  const it = await controlled();
  await promoted(it, release());
  const right = it.router.table.get('shop')!;
  it.router.table.set('shop', { ...right, split: { blue: 5_000, green: 5_000 }, revision: 'other' });
  await waitFor(() => it.router.table.get('shop')?.revision === right.revision);
  await waitFor(() =>
    it.journal
      .read('shop', 0, 10_000)
      .some(({ event }) => event.type === 'note' && event.text.includes('put right')),
  );
});

test('a router that obeys a moment before it says so has not been changed by another hand', async () => {
  const it = await controlled();
  const apply = it.router.apply;
  it.router.apply = async (routing) => {
    await apply(routing);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the answer is on its way
  };
  await atTheGate(it, release(), release());
  const notes = it.journal.read('shop', 0, 10_000).filter(({ event }) => event.type === 'note');
  expect(notes).toEqual([]);
});

test('evidence is kept over a restart and counted once', async () => {
  const it = await controlled();
  const candidate = release();
  const stable = release();
  const { state } = await atTheGate(it, stable, candidate);
  const rollout = state.rollout!;
  const at = Date.now() - 10_000;
  it.router.blocks.push(
    block(1, at, rollout.candidate.environment, candidate, rollout.id, { seen: 20, hurt: 1 }),
    block(2, at, rollout.stable!.environment, stable, rollout.id, { seen: 180, hurt: 0 }),
  );
  const counted = { candidate: { n: 20, bad: 1 }, stable: { n: 180, bad: 0 } };
  await it.until('the evidence', ({ evidence }) => evidence?.metrics[0]?.candidate.n === 20);
  await waitFor(() => it.router.acknowledged === 2);
  await it.restart();
  // The router hands out again what was not acknowledged to this daemon.
  await it.until('the gate', ({ routing, evidence }) => routing !== null && evidence !== null);
  it.router.blocks.push(
    block(3, at + 2_000, rollout.stable!.environment, stable, rollout.id, { seen: 5, hurt: 0 }),
  );
  await it.until('block 3', ({ evidence }) => evidence?.metrics[0]?.stable.n === 185);
  expect(it.view().evidence?.metrics[0]).toMatchObject({ candidate: counted.candidate });
  expect(it.view().evidence?.hurt).toBe(1);
  expect(it.journal.readHistory('shop', 'errors', 0)).toEqual({ n: 185, bad: 0 });
});

test('a router that does not keep to the weights stops the rollout, and says with what figures', async () => {
  const it = await controlled();
  const candidate = release();
  const stable = release();
  const { state } = await atTheGate(it, stable, candidate);
  const { id, candidate: to, stable: from } = state.rollout!;
  const at = Date.now() - 10_000;
  const came = (number: number, environment: Colour, of: Release, n: number) => {
    const one = block(number, at, environment, of, id, { seen: n, hurt: 0 });
    return { ...one, clients: { ...one.clients, arrived: [[1_000, n]] as const } };
  };
  it.router.blocks.push(came(1, to.environment, candidate, 300), came(2, from!.environment, stable, 700));
  const { state: stopped } = await it.until('the pause', ({ state: { rollout } }) => rollout?.pause != null);
  expect(stopped.rollout?.pause).toMatchObject({
    by: 'teal',
    reason: expect.stringMatching(/300 of 1,000 clients .* its weight asks for 10 %/),
  });
});

test('a worker without a listener rolls out without a router', async () => {
  const it = await controlled();
  const worker = {
    listen: null,
    strategy: { kind: 'blue-green', approve: null, identify: { kind: 'auto' }, always: null },
  } as const;
  await promoted(it, release(worker));
  await promoted(it, release(worker));
  expect(it.router.table.size).toBe(0);
});
