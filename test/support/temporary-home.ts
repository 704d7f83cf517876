import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Home, homeAt } from '../../src/system/home.ts';
import { killProcessesOf } from './processes.ts';

/** A TEAL_HOME of its own, with room for projects. */
export interface TemporaryHome extends Home {
  /** Kills every process that belongs to it and removes it. */
  remove(): Promise<void>;
}

/** A TEAL_HOME that is gone, with all its processes, when the test is over. Call it inside a test or `beforeEach`. */
export async function temporaryHome(): Promise<TemporaryHome> {
  const home = await makeHome();
  onTestFinished(home.remove);
  return home;
}

/** For a home that several tests share: create it in `beforeAll`, and let `afterAll` call its `remove`. */
export async function makeHome(): Promise<TemporaryHome> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'teal-')));
  return {
    ...homeAt(root),
    async remove() {
      await killProcessesOf(root);
      await rm(root, { recursive: true, force: true });
    },
  };
}
