import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { openOutputFile, pruneOutputs } from '../../src/checks/output-file.ts';

test('what old rollouts of a service have printed is removed, that of others stays', async () => {
  const root = await mkdtemp(join(tmpdir(), 'teal-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const folder = join(root, 'jobs');
  await pruneOutputs(folder, 'shop', 10);
  const job = {
    kind: 'check',
    name: 'e2e',
    release: 'r',
    environment: 'blue',
    attempt: 1,
    deadline: 0,
  } as const;
  for (const id of ['shop-9/1/e2e', 'shop-10/1/e2e', 'shop-2-9/1/e2e', 'shop-9-2/0/shop-1_x']) {
    const file = await openOutputFile(folder, { ...job, id }, pino({ level: 'silent' }));
    file.write('output\n');
    await file.close();
  }
  await pruneOutputs(folder, 'shop', 10);
  expect((await readdir(folder)).sort()).toEqual([
    'shop-10_1_e2e.1.log',
    'shop-2-9_1_e2e.1.log',
    'shop-9-2_0_shop-1_x.1.log',
  ]);
});
