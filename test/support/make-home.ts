import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Home, homeAt } from '../../src/system/home.ts';
import { killProcessesOf } from './processes.ts';

/** A TEAL_HOME of its own, with room for projects. */
export interface TemporaryHome extends Home {
  /** Kills every process that belongs to it and removes it. */
  remove(): Promise<void>;
}

/** For a home that several tests or a benchmark share: the caller removes it. */
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
