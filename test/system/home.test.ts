import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { homeAt, requireShortPath, socketPathExcess } from '../../src/system/home.ts';
import { makeHomeFolder } from '../../src/system/home-folder.ts';
import { teal } from '../support/spawn-teal.ts';
import { temporaryHome } from '../support/temporary-home.ts';

test('a path that fits, with spaces', () => {
  const home = homeAt('/srv/my teal');
  expect(socketPathExcess(home)).toBe(0);
  expect(() => requireShortPath(home)).not.toThrow();
});

test('a path whose sockets the system refuses is refused beforehand', () => {
  const home = homeAt(`/${'x'.repeat(110)}`);
  expect(() => requireShortPath(home)).toThrow(
    expect.objectContaining({ code: 'E_HOME_TOO_LONG', exitCode: 2 }),
  );
});

test('bytes count, not characters', () => {
  expect(socketPathExcess(homeAt(`/${'x'.repeat(60)}`))).toBe(0);
  expect(socketPathExcess(homeAt(`/${'ö'.repeat(60)}`))).toBeGreaterThan(0);
});

describe('the folder of a home', () => {
  test('is made with those above it, for nobody else, and found again', async () => {
    const { root } = await temporaryHome();
    const home = homeAt(join(root, 'a', 'b'));
    makeHomeFolder(home);
    makeHomeFolder(home);
    expect((await stat(home.root)).mode & 0o777).toBe(0o700);
    expect(await readdir(home.root)).toEqual([]);
  });

  const isLinux = process.platform === 'linux';
  test.runIf(isLinux).each(['/proc/teal', '/proc/a/b/c', '/sys/teal'])(
    'cannot be %s: told at once',
    (root) => {
      expect(() => makeHomeFolder(homeAt(root))).toThrow(
        expect.objectContaining({ code: 'E_HOME_UNWRITABLE', message: expect.stringContaining(root) }),
      );
    },
  );

  test('cannot be where a file is, nor below one', async () => {
    const { root } = await temporaryHome();
    const file = join(root, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'home')]) {
      expect(() => makeHomeFolder(homeAt(path))).toThrow(
        expect.objectContaining({ code: 'E_HOME_UNWRITABLE', why: expect.stringContaining('ENOTDIR') }),
      );
    }
  });

  test.runIf(isLinux).each(['up', 'up --foreground', 'daemon', 'router', 'supervisor'])(
    'that cannot be made is told by teal %s',
    async (command) => {
      const result = await teal(command.split(' '), { home: { root: '/proc/teal' }, cwd: '/' });
      expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('E_HOME_UNWRITABLE') });
    },
  );
});
