import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TealError } from '../../core/error.ts';
import { SPEC_FILE_NAMES } from '../../spec/load.ts';
import { type Detected, detectProject } from './detect.ts';
import { renderSpec } from './write.ts';

export type { Detected };

/** What `teal init` did. */
export interface InitResult {
  /** The file that was written, absolute. */
  readonly path: string;
  readonly detected: Detected;
  readonly text: string;
}

/**
 * Looks at a folder and writes a teal.yaml into it. Never overwrites: rejects with E_INIT_EXISTS; with E_INIT_NO_FOLDER
 * where there is none, E_INIT_UNREADABLE where a manifest is broken.
 */
export async function initProject(dir: string): Promise<InitResult> {
  const root = resolve(dir);
  if (!(await isThere(root, 'folder'))) {
    throw new TealError('E_INIT_NO_FOLDER', `There is no folder ${root}`, {
      fix: 'Name the folder of your project: teal init DIR.',
      exitCode: 2,
    });
  }
  for (const name of SPEC_FILE_NAMES) {
    if (await isThere(join(root, name), 'anything')) throw exists(join(root, name));
  }
  const detected = await detectProject(root);
  const text = renderSpec(detected);
  const path = join(root, SPEC_FILE_NAMES[0]);
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
    throw error;
  }
  return { path, detected, text };
}

function exists(path: string): TealError {
  return new TealError('E_INIT_EXISTS', `${path} is already there`, {
    why: 'teal init never overwrites.',
    fix: 'Change that file, or move it away first.',
    exitCode: 2,
  });
}

async function isThere(path: string, what: 'folder' | 'anything'): Promise<boolean> {
  try {
    const found = await stat(path);
    return what === 'anything' || found.isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
