import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { sameContent } from '../../src/releases/digest.ts';
import { type MakeOptions, type ReleaseStore, releaseStore } from '../../src/releases/store.ts';
import { createLogger } from '../../src/system/log.ts';
import { testSpec } from '../platforms/releases.ts';
import { processesOf } from '../support/processes.ts';
import { type TemporaryHome, temporaryHome } from '../support/temporary-home.ts';
import { commitAll, git, project } from './project.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const log = createLogger('test', 'fatal');

let home: TemporaryHome;
let store: ReleaseStore;
let folder: string;

beforeEach(async () => {
  home = await temporaryHome();
  store = releaseStore({ root: home.releases, log });
  folder = `${home.root}-project`;
  await mkdir(folder);
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true, force: true }));
});

const make = (options: Partial<MakeOptions> = {}, spec = {}) =>
  store.make({ ...testSpec(folder), ...spec }, { now: NOW, ...options });

/** All files below a folder, as paths. */
async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** Everything that the store has on the disk for the service. */
const onDisk = () => readdir(join(home.releases, 'shop')).catch(() => []);

describe('what is copied', () => {
  test('with git: tracked and untracked files, not ignored or deleted ones', async () => {
    await project(folder, {
      'a.txt': 'a',
      'gone.txt': 'g',
      '.gitignore': 'node_modules\n',
      'sub/b.txt': 'b',
    });
    commitAll(folder);
    await project(folder, { 'new.txt': 'n', 'node_modules/x.js': 'x', 'a.txt': 'changed' });
    await rm(join(folder, 'gone.txt'));
    const { path } = await make();
    expect(await filesIn(path)).toEqual(['.gitignore', 'a.txt', 'new.txt', 'sub/b.txt']);
    expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('changed');
  });

  test('without git: everything', async () => {
    await project(folder, { '.gitignore': 'x', x: 'x', 'deep/er/y': 'y' });
    await mkdir(join(folder, 'empty'));
    const { path } = await make();
    expect(await filesIn(path)).toEqual(['.gitignore', 'deep/er/y', 'x']);
    expect((await stat(join(path, 'empty'))).isDirectory()).toBe(true);
  });

  test("Teal's own home within the source is left out, a source within the home is not", async () => {
    await project(home.root, { 'shop/server.js': '1', 'logs/shop/blue-1.log': 'noise' });
    await expect(make({}, { source: home.root })).rejects.toMatchObject({ code: 'E_SOURCE_EMPTY' });
    const inside = releaseStore({ root: join(folder, '.teal', 'releases'), log });
    await project(folder, { 'server.js': '1', '.teal/teal.db': 'x' });
    expect(await filesIn((await inside.make(testSpec(folder), { now: NOW })).path)).toEqual(['server.js']);
    expect(await filesIn((await make({}, { source: join(home.root, 'shop') })).path)).toEqual(['server.js']);
  });

  test('executable bits, symlinks, and names with spaces, umlauts and line breaks', async () => {
    await project(folder, { 'run me.sh': '#!/bin/sh', 'Grüße/ß.txt': 'ü', 'two\nlines': '2' });
    await chmod(join(folder, 'run me.sh'), 0o755);
    await symlink('run me.sh', join(folder, 'link'));
    await symlink('nowhere', join(folder, 'dangling'));
    commitAll(folder);
    const { path } = await make();
    expect(await filesIn(path)).toEqual(
      ['Grüße/ß.txt', 'dangling', 'link', 'run me.sh', 'two\nlines'].sort(),
    );
    expect((await stat(join(path, 'run me.sh'))).mode & 0o777).toBe(0o755);
    expect(await readlink(join(path, 'link'))).toBe('run me.sh');
    expect(await readlink(join(path, 'dangling'))).toBe('nowhere');
  });

  test("a sub-module's files, and those of a repository within that is not one", async () => {
    const library = await project(`${folder}-library`, { 'lib.js': 'l', '.gitignore': 'cache' });
    onTestFinished(() => rm(library, { recursive: true }));
    commitAll(library);
    await project(folder, { 'main.js': 'm' });
    commitAll(folder);
    git(folder, 'submodule', '--quiet', 'add', library, 'library');
    await project(join(folder, 'library'), { cache: 'c', 'fresh.js': 'f' });
    await project(join(folder, 'other'), { 'o.js': 'o' });
    git(join(folder, 'other'), 'init', '-q');
    const { path } = await make();
    expect(await filesIn(path)).toEqual([
      '.gitmodules',
      'library/.gitignore',
      'library/fresh.js',
      'library/lib.js',
      'main.js',
      'other/o.js',
    ]);
  });

  test('a commit instead of the working tree', async () => {
    await project(folder, { 'a.txt': 'first', 'b.txt': 'b' });
    commitAll(folder);
    git(folder, 'tag', 'v1');
    await project(folder, { 'a.txt': 'second', 'c.txt': 'c' });
    const { path, digest } = await make({ ref: 'v1' });
    expect(await filesIn(path)).toEqual(['a.txt', 'b.txt']);
    expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('first');
    git(folder, 'checkout', '-q', '.');
    await rm(join(folder, 'c.txt'));
    expect((await make()).digest).toBe(digest);
  });

  test('only the service of a folder below the repository', async () => {
    const root = folder;
    await project(root, { 'other/x': 'x', 'shop/server.js': 's' });
    commitAll(root);
    folder = join(root, 'shop');
    expect(await filesIn((await make()).path)).toEqual(['server.js']);
    expect(await filesIn((await make({ ref: 'HEAD' })).path)).toEqual(['server.js']);
  });

  test('an unknown commit, even one that looks like an option, is an error that says so', async () => {
    await project(folder, { a: 'a' });
    commitAll(folder);
    for (const ref of ['v9', '--output=/tmp/x']) {
      await expect(make({ ref })).rejects.toMatchObject({ code: 'E_REF_UNKNOWN' });
    }
    expect(await onDisk()).toEqual([]);
  });
});

describe('identity', () => {
  test('the id is the time in UTC and the digest', async () => {
    await project(folder, { a: 'a' });
    const { id, digest } = await make();
    expect(id).toBe(`20260102-030405-${digest.slice(0, 7)}`);
  });

  test('the same content and configuration have the same digest, from any folder at any time', async () => {
    await project(folder, { a: 'a', 'b/c': 'c' });
    const first = await make();
    commitAll(folder);
    const second = await make({ now: NOW + 5_000 });
    const third = await make({ now: NOW + 5_000 });
    expect(sameContent(first, second)).toBe(true);
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
  });

  test.each([
    ['a content', () => project(folder, { a: 'b' }), {}],
    ['a name', () => project(folder, { b: '' }), {}],
    ['an executable bit', () => chmod(join(folder, 'a'), 0o755), {}],
    ['a variable', () => undefined, { env: { A: { value: '1' } } }],
  ])('%s more or less is another digest', async (_, change, spec) => {
    await project(folder, { a: 'a' });
    const before = await make();
    await change();
    expect(sameContent(before, await make({}, spec))).toBe(false);
  });

  test('what is there already is given back and not built again', async () => {
    await project(folder, { a: 'a' });
    const first = await make();
    const build = { build: 'exit 1' };
    const known = await make({}, { build: 'true' });
    const again = await make({ existing: (digest) => (digest === first.digest ? first : null) });
    expect(again).toBe(first);
    await expect(make({ existing: () => null }, build)).rejects.toMatchObject({ code: 'E_BUILD_FAILED' });
    expect(await store.list('shop')).toEqual([first.id, known.id].sort());
  });
});

describe('build', () => {
  test('runs in the copy, streams its lines, and keeps them', async () => {
    await project(folder, { a: 'a' });
    const lines: string[] = [];
    const { path, id } = await make(
      { onOutput: (line) => lines.push(line) },
      { build: 'pwd; echo "$TEAL_RELEASE" > built; printf end' },
    );
    expect(lines).toEqual([path, 'end']);
    expect(await readFile(join(path, 'built'), 'utf8')).toBe(`${id}\n`);
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(join(home.logs, 'shop', `build-${id}.log`), 'utf8')).toBe(`${path}\nend`);
  });

  test('a failure shows exit code and last lines, and leaves no release', async () => {
    await project(folder, { a: 'a' });
    await expect(make({}, { build: 'seq 1 100; echo no such module >&2; exit 7' })).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      message: 'The build ended with 7',
      why: expect.stringMatching(/ {2}100\n {2}no such module$/),
      details: { code: 7 },
    });
    expect(await onDisk()).toEqual([]);
  });

  test('stopping it stops its children and leaves nothing', async () => {
    await project(folder, { a: 'a' });
    const abort = new AbortController();
    const making = make(
      { signal: abort.signal, onOutput: () => abort.abort() },
      { build: `sleep 1000 & echo started; wait # ${folder}` },
    );
    await expect(making).rejects.toMatchObject({ code: 'E_BUILD_ABORTED' });
    expect(await processesOf(home.root)).toEqual([]);
    expect(await onDisk()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)(
    'runs as the user, whose the copy then is; root only when asked for',
    async () => {
      await project(folder, { a: 'a' });
      const { path } = await make({}, { user: 'nobody', build: 'id -un > who' });
      expect(await readFile(join(path, 'who'), 'utf8')).toBe('nobody\n');
      const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
      expect((await stat(join(path, 'a'))).uid).toBe(nobody);
      await expect(make({}, { user: null })).rejects.toMatchObject({ code: 'E_ROOT' });
    },
  );
});

describe('when something goes wrong', () => {
  test('a file that vanishes is named, and nothing half stays', async () => {
    await project(folder, { a: 'a', b: 'b' });
    const making = make({
      onProgress: (kind) => kind === 'copying' && execFileSync('rm', [join(folder, 'b')]),
    });
    await expect(making).rejects.toMatchObject({
      code: 'E_SOURCE_CHANGED',
      message: `${join(folder, 'b')} changed while the release was being made`,
    });
    expect(await onDisk()).toEqual([]);
  });

  test('a folder that is not there is named', async () => {
    await rm(folder, { recursive: true });
    await expect(make()).rejects.toMatchObject({
      code: 'E_SOURCE_MISSING',
      message: `There is no folder ${folder}`,
    });
  });

  test('stopping while files are copied leaves nothing', async () => {
    await project(folder, { a: 'a' });
    const abort = new AbortController();
    const making = make({ signal: abort.signal, onProgress: (kind) => kind === 'copying' && abort.abort() });
    await expect(making).rejects.toMatchObject({ code: 'E_RELEASE_ABORTED' });
    expect(await onDisk()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0 && process.platform === 'linux')('a full disk', async () => {
    const small = join(home.root, 'small');
    await mkdir(join(small, 'releases'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', join(small, 'releases')]);
    try {
      await project(folder, { a: 'a'.repeat(100_000), b: 'b'.repeat(1_000_000) });
      const full = releaseStore({ root: join(small, 'releases'), log });
      await expect(full.make(testSpec(folder), { now: NOW })).rejects.toMatchObject({ code: 'E_DISK_FULL' });
      expect(await readdir(join(small, 'releases', 'shop'))).toEqual([]);
    } finally {
      execFileSync('umount', [join(small, 'releases')]);
    }
  });

  test('what a crash left is removed at the start, whole releases are not', async () => {
    await project(folder, { a: 'a' });
    const { id } = await make();
    const left = join(home.releases, 'shop');
    await mkdir(join(left, 'abc.partial', 'half'), { recursive: true });
    await mkdir(join(left, '20260101-000000-1234567'));
    await writeFile(join(left, '20260101-000000-1234567.partial'), '');
    const next = releaseStore({ root: home.releases, log });
    expect(await next.list('shop')).toEqual([id]);
    expect(await onDisk()).toEqual([id]);
  });
});

test('pruning keeps what it must and the newest of the others', async () => {
  await project(folder, { a: 'a' });
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await make({ now: NOW + n * 60_000 }, { build: 'echo b' })).id);
  const [first, second, third, fourth, fifth] = ids;
  expect(await store.prune('shop', [first!], 2)).toEqual([second, third]);
  expect(await store.list('shop')).toEqual([first, fourth, fifth]);
  expect(await readdir(join(home.logs, 'shop'))).toEqual(
    [first, fourth, fifth].map((id) => `build-${id}.log`),
  );
  expect(await store.prune('shop', [first!], 2)).toEqual([]);
});
