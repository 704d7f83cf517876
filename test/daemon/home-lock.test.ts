import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { lockHome, readOwner } from '../../src/daemon/home-lock.ts';
import { createLogger } from '../../src/system/log.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const SILENT = createLogger('test', 'silent');
const HOLDER = fileURLToPath(new URL('./support/lock-holder.ts', import.meta.url));

/** A process that holds the lock, as another daemon would. */
async function holder(root: string) {
  const child = spawn(process.execPath, [HOLDER, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('the second daemon is refused with the pid of the first', async () => {
  const home = await temporaryHome();
  const other = await holder(home.root);
  await expect(lockHome(home, SILENT)).rejects.toMatchObject({
    code: 'E_DAEMON_RUNNING',
    why: expect.stringContaining(String(other.pid)),
    details: { pid: other.pid },
  });
  expect((await readOwner(home))?.pid).toBe(other.pid);
});

test('a lock that a killed daemon left does not hold', async () => {
  const home = await temporaryHome();
  const other = await holder(home.root);
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(existsSync(home.daemonLock)).toBe(true);
  const unlock = await lockHome(home, SILENT);
  expect((await readOwner(home))?.pid).toBe(process.pid);
  await unlock();
});

test('of several at once after a kill exactly one gets it', async () => {
  const home = await temporaryHome();
  const other = await holder(home.root);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const results = await Promise.allSettled([
    lockHome(home, SILENT),
    lockHome(home, SILENT),
    lockHome(home, SILENT),
  ]);
  const won = results.filter((result) => result.status === 'fulfilled');
  expect(won).toHaveLength(1);
  await won[0]!.value();
});

test('given back, it can be had again and leaves no file that names a process', async () => {
  const home = await temporaryHome();
  const unlock = await lockHome(home, SILENT);
  await unlock();
  expect(await readOwner(home)).toBeNull();
  const again = await lockHome(home, SILENT);
  await again();
});
