import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { afterProbe, type Readiness } from '../../src/platforms/process/readiness.ts';
import { spawnGated } from '../../src/platforms/process/supervisor/gate.ts';
import { readTail } from '../../src/platforms/process/supervisor/logs/log-file.ts';
import { nextLook } from '../../src/platforms/process/supervisor/logs/log-watch.ts';
import { rotateLog } from '../../src/platforms/process/supervisor/logs/rotation.ts';
import { INSTANCE_RESTART, nextStart, OWN_RESTART } from '../../src/platforms/process/supervisor/restart.ts';
import { temporaryHome } from '../support/temporary-home.ts';

describe('restarts', () => {
  test('wait twice as long after each exit, up to a limit in number and time', () => {
    const times = [1_000, 2_000, 3_000, 4_000, 5_000];
    const delays = times.map((now, index) => nextStart(INSTANCE_RESTART, times.slice(0, index + 1), now));
    expect(delays.map(({ after }) => after)).toEqual([250, 500, 1_000, 2_000, 60_000]);
    expect(delays.map(({ gaveUp }) => gaveUp)).toEqual([false, false, false, false, true]);
  });

  test('forget exits that are long past', () => {
    expect(nextStart(INSTANCE_RESTART, [0, 1, 2, 3, 70_000], 70_000)).toEqual({ gaveUp: false, after: 250 });
  });

  test('of router and daemon never end', () => {
    const exits = Array.from({ length: 50 }, (_, index) => index);
    expect(nextStart(OWN_RESTART, exits, 50)).toEqual({ gaveUp: false, after: 1_000 });
  });
});

test('ready after one success, unready after three failures in a row, ready again after one success', () => {
  const states: string[] = [];
  let readiness: Readiness = { state: 'starting', failures: 0 };
  for (const ok of [false, false, false, false, true, false, false, true, false, false, false, true]) {
    readiness = afterProbe(readiness, ok);
    states.push(readiness.state);
  }
  expect(states).toEqual([...Array(4).fill('starting'), ...Array(6).fill('ready'), 'unready', 'ready']);
});

describe('a process behind its gate', () => {
  const gated = async () => {
    const { root } = await temporaryHome();
    const log = join(root, 'log');
    const env = { PATH: process.env.PATH ?? '' };
    const command = ['/bin/sh', '-c', 'echo ran'];
    return { log, ...(await spawnGated({ command, cwd: root, env, log, switchTo: {} })) };
  };

  test('runs when it is let go', async () => {
    const { child, go, log } = await gated();
    go();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readFile(log, 'utf8')).toBe('ran\n');
  });

  test('ends without having run when its supervisor dies first', async () => {
    const { child, log } = await gated();
    (child.stdio[3] as Writable).destroy();
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await readFile(log, 'utf8')).toBe('');
  });
});

describe('logs', () => {
  test('are rotated over the limit and kept in number', async () => {
    const { root } = await temporaryHome();
    const path = join(root, 'log');
    for (const text of ['one', 'two', 'six', 'four']) {
      await writeFile(path, text);
      expect(await rotateLog(path, 2, 2)).toBe(true);
    }
    expect(await rotateLog(path, 2, 2)).toBe(false);
    expect((await readdir(root)).sort()).toEqual(['log', 'log.1', 'log.2']);
    expect(await readFile(`${path}.1`, 'utf8')).toBe('four');
    expect(await readFile(`${path}.2`, 'utf8')).toBe('six');
  });

  test.each([
    ['between two lines', 255, 51],
    ['in the middle of one', 252, 50],
  ])('keep of a flood the last whole lines, within twice the limit, cut %s', async (_, limit, kept) => {
    const { root } = await temporaryHome();
    const path = join(root, 'log');
    const lines = Array.from({ length: 1000 }, (_, n) => `line ${String(n).padStart(4, '0')}\n`);
    await writeFile(path, lines.join(''), { mode: 0o640 });
    expect(await rotateLog(path, limit, 2)).toBe(true);
    expect(await readFile(`${path}.1`, 'utf8')).toBe(lines.slice(-kept).join(''));
    expect((await stat(`${path}.1`)).mode & 0o777).toBe(0o640);
    expect((await stat(path)).size).toBe(0);
  });

  test('are looked at the oftener the faster they grow', () => {
    expect(nextLook(0, 0)).toBe(500);
    expect(nextLook(4_000_000, 100, 10_000_000)).toBe(500);
    expect(nextLook(4_000_000, 10_000, 10_000_000)).toBe(300);
    expect(nextLook(4_000_000, 1_000_000, 10_000_000)).toBe(25);
    expect(nextLook(12_000_000, 10_000, 10_000_000)).toBe(25);
  });

  test('give their last whole lines, from a place on', async () => {
    const { root } = await temporaryHome();
    const path = join(root, 'log');
    await writeFile(path, 'old\nüne\ntwo\n\nfour');
    expect(await readTail(path, 3, 0)).toEqual(['two', '', 'four']);
    expect(await readTail(path, 20, 4)).toEqual(['üne', 'two', '', 'four']);
    expect(await readTail(path, 0, 0)).toEqual([]);
    expect(await readTail(join(root, 'none'), 5, 0)).toEqual([]);
    await writeFile(path, `${'x'.repeat(100_000)}\nlast\n`);
    expect(await readTail(path, 5, 0)).toEqual(['last']);
  });
});
