/** How the evidence of a service is kept: seldom, and so that a daemon that dies counts nothing twice and loses nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { fold } from '../../src/core/evolve.ts';
import type { ServiceState } from '../../src/core/model.ts';
import { type Journal, noRequests, type TrafficBlock } from '../../src/core/ports.ts';
import { initialState } from '../../src/core/state.ts';
import type { Desired, Judging } from '../../src/core/world.ts';
import { evidenceBook } from '../../src/daemon/evidence/book.ts';
import { problemBoard } from '../../src/daemon/problems.ts';
import { sqliteJournal } from '../../src/journal/sqlite.ts';
import { CANDIDATE, STABLE, serviceBefore } from '../../src/simulate/service.ts';
import { worldAround } from '../../src/simulate/surroundings.ts';
import { parseSpec } from '../../src/spec/index.ts';
import { createLogger } from '../../src/system/log.ts';

const BEGIN = 1_800_000_000_000;
const [SPEC] = parseSpec('service: shop\nrun: node server.js\nlisten: 8080\n', '/teal.yaml');
const NOTHING: Desired = {
  environments: { blue: null, green: null },
  routing: null,
  jobs: [],
  judging: null,
};

/** A service whose canary has just begun. */
function begun(): ServiceState {
  const state = serviceBefore(SPEC!);
  const deploy = {
    id: 'deploy',
    verb: 'deploy',
    actor: 'test',
    at: BEGIN,
    release: CANDIDATE,
    seed: 1,
  } as const;
  const world = worldAround({ desired: NOTHING, down: null, evidence: null, commands: [deploy] });
  return fold(state, decide(state, world, BEGIN).events);
}

/** A journal that tells what was saved, a clock that a test moves, and a book. */
async function kept() {
  const folder = await mkdtemp(join(tmpdir(), 'teal-book-'));
  const journal = sqliteJournal({
    path: join(folder, 'teal.db'),
    fold: { version: 1, initial: initialState, evolve: (state, event) => fold(state, [event]) },
  });
  onTestFinished(async () => {
    journal.close();
    await rm(folder, { recursive: true });
  });
  const saves: number[] = [];
  const counting: Journal = {
    ...journal,
    saveEvidence(...args) {
      saves.push(args[2]);
      journal.saveEvidence(...args);
    },
  };
  let now = BEGIN;
  let state = begun();
  const rollout = state.rollout!.id;
  const judging = (against: Judging['against']): Desired => ({
    ...NOTHING,
    judging: { rollout, candidate: 'green', against },
  });
  const problems = problemBoard(createLogger('test', 'silent'));
  const open = () =>
    evidenceBook({
      service: 'shop',
      journal: counting,
      clock: { now: () => now },
      problems,
      state: () => state,
      onEvidence: () => undefined,
    });
  return {
    saves,
    problems,
    rollout,
    judging,
    open,
    state: () => state,
    end: () => {
      state = { ...state, rollout: null };
    },
    /** Unix ms after so many ms. */
    pass: (ms: number) => {
      now += ms;
      return now;
    },
  };
}

function block(number: number, at: number, colour: 'blue' | 'green', rollout: string): TrafficBlock {
  return {
    number,
    at,
    length: 1_000,
    service: 'shop',
    environment: colour,
    release: colour === 'green' ? CANDIDATE : STABLE,
    epoch: `${rollout}/3/0`,
    clients: { seen: 50, hurt: 0, hurtInRollout: 0 },
    requests: noRequests(),
    latency: [],
    bytesOut: 0,
    inFlight: 0,
  };
}

test('during a rollout evidence is saved every five seconds, and at once when what is compared changes', async () => {
  const it = await kept();
  const book = it.open();
  book.converge(it.state(), it.judging('concurrent'));
  let number = 0;
  const second = () => {
    const at = it.pass(1_000) - 1_000;
    number += 2;
    book.take(
      [block(number - 1, at, 'blue', it.rollout), block(number, at, 'green', it.rollout)],
      at + 1_000,
    );
  };
  for (let t = 0; t < 61; t++) second();
  expect(it.saves.length).toBeGreaterThanOrEqual(12);
  expect(it.saves.length).toBeLessThanOrEqual(14);
  // The router keeps what is not on disk.
  expect(book.kept(number)).toBe(it.saves.at(-1));
  for (const [before, against] of [
    ['the comparison', 'history'],
    ['the bake', 'concurrent'],
  ] as const) {
    second();
    book.converge(it.state(), it.judging(against));
    expect([before, it.saves.at(-1)]).toEqual([before, number]);
  }
  // And so is the end of it.
  second();
  it.end();
  book.converge(it.state(), NOTHING);
  expect(it.saves.at(-1)).toBe(number);
});

test('counts that cannot be are no evidence, which is said until the rollout is over', async () => {
  const it = await kept();
  const book = it.open();
  book.converge(it.state(), it.judging('concurrent'));
  const at = it.pass(1_000) - 1_000;
  const clients = { seen: 1, hurt: 2, hurtInRollout: 2 };
  book.take([{ ...block(1, at, 'green', it.rollout), clients }], at + 2_000);
  expect(it.problems.list()).toEqual([
    'A block of errors is no evidence: candidate.bad exceeds candidate.n over all blocks: 2 of 1',
  ]);
  expect(book.evidence(it.state())?.metrics[0]).toMatchObject({ verdict: 'undecided', candidate: { n: 0 } });
  it.end();
  book.converge(it.state(), NOTHING);
  expect(it.problems.list()).toEqual([]);
});

test('a daemon that dies between two savings counts everything once', async () => {
  const it = await kept();
  const first = it.open();
  first.converge(it.state(), it.judging('concurrent'));
  const blocks = Array.from({ length: 12 }, (_, t) => [
    block(2 * t + 1, BEGIN + t * 1_000, 'blue', it.rollout),
    block(2 * t + 2, BEGIN + t * 1_000, 'green', it.rollout),
  ]);
  for (const some of blocks) first.take(some, it.pass(1_000));
  // It dies without a word, and the router hands out again what it did not acknowledge.
  const forgotten = first.kept(24);
  expect(forgotten).toBeLessThan(24);
  const second = it.open();
  second.converge(it.state(), it.judging('concurrent'));
  second.take(
    blocks.flat().filter(({ number }) => number > forgotten),
    it.pass(2_000),
  );
  const [errors] = second.evidence(it.state())!.metrics;
  expect(errors).toMatchObject({ candidate: { n: 600, bad: 0 }, stable: { n: 600, bad: 0 } });
  second.close();
});

test('what is known is put into words once, however often it is asked for', async () => {
  const it = await kept();
  const book = it.open();
  book.converge(it.state(), it.judging('concurrent'));
  book.take([block(1, BEGIN, 'green', it.rollout)], it.pass(2_000));
  const known = book.evidence(it.state());
  expect(book.evidence(it.state())).toBe(known);
  book.take([block(2, BEGIN + 2_000, 'green', it.rollout)], it.pass(2_000));
  expect(book.evidence(it.state())).not.toBe(known);
  book.close();
});
