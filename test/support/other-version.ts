import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TEAL_BIN } from './spawn-teal.ts';

const ROOT = dirname(dirname(TEAL_BIN));

/** A copy of this Teal in `folder` (made) that says it is of another version, as an update would be; returns its entry. */
export async function otherVersion(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const part of ['bin', 'src']) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await setVersion(folder, version);
  return join(folder, 'bin', 'teal.js');
}

/** Lets such a copy say that it is of this version. */
export async function setVersion(folder: string, version: string): Promise<void> {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...JSON.parse(text), version }));
}
