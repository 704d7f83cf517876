/** A process that writes without end, under a real supervisor. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { supervisorClient } from '../../src/platforms/process/supervisor/client.ts';
import { ensureSupervisor, ownProgram } from '../../src/platforms/process/supervisor/ensure.ts';
import { LOG_LIMIT } from '../../src/platforms/process/supervisor/logs/rotation.ts';
import { temporaryHome } from '../support/temporary-home.ts';
import { waitFor } from '../support/wait-for.ts';
import { SUPERVISOR_ARGV } from './process-subject.ts';

/** Bytes: several times the limit, written as fast as the disk takes them. */
const FLOOD = 200 * 1024 * 1024;

test('a flood of lines leaves old logs of a bounded size, and a current one within the limit', async () => {
  const home = await temporaryHome();
  await ensureSupervisor(home, SUPERVISOR_ARGV);
  const client = supervisorClient(home);
  const command = ['/bin/sh', '-c', `yes "some line of a log" | head -c ${FLOOD}; exec sleep 600`];
  const program = ownProgram(home, 'router', command);
  await client.ensure(program);
  const sizes = async () => {
    const names = (await readdir(home.logs)).filter((name) => name.startsWith('router.log')).sort();
    return Promise.all(names.map(async (name) => [name, (await stat(join(home.logs, name))).size] as const));
  };
  const flooded = async () => {
    const found = await sizes();
    const rotated = found.length > 1;
    return rotated && found[0]![1] <= LOG_LIMIT ? found : null;
  };
  const found = await waitFor(flooded, { what: 'the log to be rotated' });
  for (const [name, size] of found) expect(size, name).toBeLessThanOrEqual(2 * LOG_LIMIT);
  await client.end(true);
  client.close();
});
