import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeEnv, resolveEnv } from '../../src/spec/secrets.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'teal-secrets-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('literals stay, references come from the environment and from files', async () => {
  const file = join(folder, 'key');
  await writeFile(file, 'two\nlines\n');
  const env = { A: { value: 'x' }, B: { from: 'env:SECRET' }, C: { from: `file:${file}` } } as const;
  expect(await resolveEnv(env, { SECRET: 'hush' })).toEqual({ A: 'x', B: 'hush', C: 'two\nlines' });
  expect(await resolveEnv({ B: { from: 'env:SECRET' } }, { SECRET: '' })).toEqual({ B: '' });
});

test('a missing secret is named by key and reference', async () => {
  await expect(resolveEnv({ KEY: { from: 'env:NOPE' } }, {})).rejects.toMatchObject({
    code: 'E_SECRET_MISSING',
    message: 'The secret for KEY is not there (env:NOPE)',
  });
  await expect(resolveEnv({ KEY: { from: `file:${folder}/nope` } }, {})).rejects.toMatchObject({
    code: 'E_SECRET_MISSING',
    details: { key: 'KEY', from: `file:${folder}/nope` },
  });
});

test('an unusable secret is not shown in the error', async () => {
  const file = join(folder, 'binary');
  await writeFile(file, 'hush\0hush');
  const error = await resolveEnv({ KEY: { from: `file:${file}` } }, {}).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'E_SECRET_MISSING' });
  expect(JSON.stringify(error)).not.toContain('hush');
});

test('what is shown of a secret is where it comes from', () => {
  expect(describeEnv({ A: { value: 'x' }, KEY: { from: 'env:SECRET' } })).toEqual({
    A: 'x',
    KEY: '(from env:SECRET)',
  });
});
