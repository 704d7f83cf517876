import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TEAL_BIN } from './spawn-teal.ts';

const ROOT = dirname(dirname(TEAL_BIN));

/** A copy of this Teal, as an update would be. */
export interface OtherVersion {
  /** With `bin`, `src` and package.json, to be changed by a test. */
  readonly folder: string;
  readonly bin: string;
  /** Makes its files the same as this Teal's again, but for the version that it says it is of. */
  become(version: string): Promise<void>;
  /** Lets it say that it is of this version. */
  setVersion(version: string): Promise<void>;
  remove(): Promise<void>;
}

/** One for all tests of a file: in the same place, what was compiled for one of them is there for the next. The caller removes it. */
export async function otherVersion(): Promise<OtherVersion> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'teal-other-')));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const other: OtherVersion = {
    folder,
    bin: join(folder, 'bin', 'teal.js'),
    async become(version) {
      for (const part of ['bin', 'src']) {
        await rm(join(folder, part), { recursive: true, force: true });
        await mkdir(join(folder, part));
        await cp(join(ROOT, part), join(folder, part), { recursive: true });
      }
      await other.setVersion(version);
    },
    async setVersion(version) {
      const text = await readFile(join(ROOT, 'package.json'), 'utf8');
      await writeFile(join(folder, 'package.json'), JSON.stringify({ ...JSON.parse(text), version }));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return other;
}
