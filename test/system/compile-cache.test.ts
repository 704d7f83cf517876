import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryHome } from '../support/temporary-home.ts';

const MODULE = new URL('../../src/system/compile-cache.ts', import.meta.url).href;

/** What a process with `begin` in it, and a child that it starts, have for their folders. */
async function foldersAfter(begin: string): Promise<{ own: string | null; child: string | null }> {
  const say = `console.log(JSON.stringify((await import('node:module')).getCompileCacheDir() ?? null))`;
  const script = `
    import { execFileSync } from 'node:child_process';
    import { enableCompileCache, getCompileCacheDir } from 'node:module';
    const { withCompileCache } = await import(${JSON.stringify(MODULE)});
    ${begin}
    const env = withCompileCache(process.env);
    const child = execFileSync(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(say)}], { env });
    console.log(JSON.stringify({ own: getCompileCacheDir() ?? null, child: JSON.parse(child) }));
  `;
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  });
  return JSON.parse(stdout);
}

test('a child finds what is compiled where its parent does', async () => {
  const folder = join((await temporaryHome()).root, 'compiled');
  const { own, child } = await foldersAfter(`enableCompileCache(${JSON.stringify(folder)});`);
  expect(own).toContain(folder);
  expect(child).toBe(own);
  expect(await readdir(folder)).toHaveLength(1);
});

test('a child of a process without such a folder has none', async () => {
  expect(await foldersAfter('')).toEqual({ own: null, child: null });
});
