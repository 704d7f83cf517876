import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { TealError } from '../../../src/core/error.ts';
import { evolve } from '../../../src/core/evolve.ts';
import type { Release } from '../../../src/core/model.ts';
import type { Journal } from '../../../src/core/ports.ts';
import { initialState, stableOf } from '../../../src/core/state.ts';
import type { Command, CommandVerb } from '../../../src/core/world.ts';
import { type Controller, createController } from '../../../src/daemon/controller.ts';
import type { ServiceView } from '../../../src/daemon/service-view.ts';
import { previewSecrets } from '../../../src/daemon/traffic/preview-secrets.ts';
import { sqliteJournal } from '../../../src/journal/sqlite.ts';
import { createLogger } from '../../../src/system/log.ts';
import { temporaryHome } from '../../support/temporary-home.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  type MemoryPlatform,
  type MemoryRouter,
  memoryPlatform,
  memoryRouter,
  passingRunner,
} from './drivers.ts';

/** A controller over a real journal and drivers in memory. */
export interface Controlled {
  readonly controller: Controller;
  readonly journal: Journal;
  readonly platform: MemoryPlatform;
  readonly router: MemoryRouter;
  /** While true, the disk refuses every write. */
  full: boolean;
  view(): ServiceView;
  deploy(release: Release): Promise<unknown>;
  command(verb: CommandVerb, more?: Partial<Command>): Promise<unknown>;
  until(what: string, condition: (view: ServiceView) => boolean): Promise<ServiceView>;
  /** Ends this controller and starts another one over the same journal and drivers, as after a crash. */
  restart(): Promise<void>;
}

export async function controlled(): Promise<Controlled> {
  const home = await temporaryHome();
  const platform = memoryPlatform();
  const router = memoryRouter();
  const open = () =>
    sqliteJournal({ path: home.journal, fold: { version: 1, initial: initialState, evolve } });
  const start = (journal: Journal) =>
    createController({
      journal: refusing(journal, () => it.full),
      platform,
      router,
      runner: passingRunner,
      clock: { now: () => Date.now() },
      log: createLogger('test', 'silent'),
      delay: (ms) => delay(ms),
      secrets: previewSecrets(join(home.root, 'preview')),
    });
  let journal = open();
  let controller: Controller | undefined;
  const it: Controlled = {
    get controller() {
      return controller!;
    },
    get journal() {
      return journal;
    },
    platform,
    router,
    full: false,
    view() {
      const view = it.controller.view('shop');
      if (view === null) throw new Error('no view yet');
      return view;
    },
    async deploy(release) {
      await it.controller.recordRelease(release, 'test');
      return it.command('deploy', { release: release.id, seed: 7 });
    },
    command: (verb, more = {}) =>
      it.controller.submit('shop', { id: randomUUID(), verb, actor: 'test', at: Date.now(), ...more }),
    until: (what, condition) =>
      waitFor(() => (condition(it.view()) ? it.view() : null), { what, within: 10_000 }),
    async restart() {
      await it.controller.close();
      journal.close();
      journal = open();
      controller = await start(journal);
    },
  };
  controller = await start(journal);
  onTestFinished(async () => {
    await it.controller.close();
    journal.close();
  });
  return it;
}

/** A service with a promoted first release and a canary that waits at its gate with 10 % of the clients. */
export async function atTheGate(it: Controlled, first: Release, second: Release): Promise<ServiceView> {
  await promoted(it, first);
  await it.deploy(second);
  return it.until('the gate', ({ state, routing }) => {
    const step = state.rollout?.steps[state.rollout.step];
    return step?.kind === 'approve' && routing !== null;
  });
}

/** Deploys a release and lets it through. */
export async function promoted(it: Controlled, one: Release): Promise<void> {
  await it.deploy(one);
  await it.until('the promotion', ({ state }) => {
    return state.rollout === null && stableOf(state)?.release === one.id;
  });
}

function refusing(journal: Journal, full: () => boolean): Journal {
  const check = () => {
    if (full()) throw new TealError('E_JOURNAL_WRITE', 'The journal cannot be written', { why: 'disk full' });
  };
  return {
    ...journal,
    append(...args) {
      check();
      return journal.append(...args);
    },
    saveEvidence(...args) {
      check();
      journal.saveEvidence(...args);
    },
  };
}
