import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TealError } from '../../src/core/error.ts';
import { loadSpecFile, type SpecError } from '../../src/spec/index.ts';

/** Each file's first line says what must be told: `# CODE line:column, CODE line:column`. */
const folder = join(import.meta.dirname, 'wrong');
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));

async function refusal(path: string): Promise<TealError> {
  const refused = await loadSpecFile(path).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(refused instanceof TealError)) throw new Error(`${path} was not refused: ${String(refused)}`);
  return refused;
}

const errorsOf = (error: TealError) => error.details?.errors as readonly SpecError[];

test('the corpus is there', () => {
  expect(files.length).toBeGreaterThan(100);
});

test.each(files)('%s', async (name) => {
  const text = (await readFile(join(folder, name))).toString('utf8');
  const error = await refusal(join(folder, name));
  expect(error.code).toBe('E_SPEC_INVALID');
  expect(error.exitCode).toBe(2);
  const told = errorsOf(error).map((one) => `${one.code} ${one.line}:${one.column}`);
  expect(`# ${told.join(', ')}`).toBe(text.split('\n')[0]);
  for (const one of errorsOf(error)) {
    expect(error.why).toContain(`${one.file}:${one.line}:${one.column}: ${one.message} [${one.code}]`);
    if (one.suggestion) expect(error.why).toContain(one.suggestion);
  }
});

test('every code is in the corpus', async () => {
  const headers = await Promise.all(
    files.map(async (name) => (await readFile(join(folder, name), 'utf8')).split('\n')[0]),
  );
  const codes = new Set(headers.join(' ').match(/E_SPEC_[A-Z_]+/g));
  expect([...codes].sort()).toEqual(
    [
      'CONFLICT',
      'DUPLICATE_KEY',
      'DURATION',
      'LATER',
      'MISSING',
      'RATE',
      'REGEX',
      'SHARE',
      'TYPE',
      'UNKNOWN_KEY',
      'VALUE',
      'YAML',
    ].map((kind) => `E_SPEC_${kind}`),
  );
});

test('what a later version brings is refused with just those words', async () => {
  const expected = {
    'later-notify': '`notify` comes with a later version of Teal',
    'later-router': '`router: haproxy` comes with a later version of Teal',
    'later-platform': '`platform: kubernetes` comes with a later version of Teal',
  };
  for (const [name, message] of Object.entries(expected)) {
    const error = await refusal(join(folder, `${name}.yaml`));
    expect(errorsOf(error).map((one) => one.message)).toEqual([message]);
  }
});

test.each([
  ['an empty file', '', 'E_SPEC_MISSING 1:1'],
  ['only comments', '# service: shop\n', 'E_SPEC_MISSING 1:1'],
  ['a byte order mark takes no column', '\ufeffservce: shop\nrun: ./shop\n', 'E_SPEC_UNKNOWN_KEY 1:1'],
  ['Windows line ends', 'service: shop\r\nrun: ./shop\r\ndwell: 5\r\n', 'E_SPEC_DURATION 3:8'],
  ['aliases without bounds', bomb(), 'E_SPEC_YAML 1:1'],
])('%s', async (_, text, expected) => {
  await inFolder(async (dir) => {
    await writeFile(join(dir, 'teal.yaml'), text);
    const error = await refusal(dir);
    expect(errorsOf(error).map((one) => `${one.code} ${one.line}:${one.column}`)).toEqual([expected]);
  });
});

test('no file at all says how to get one', async () => {
  await inFolder(async (dir) => {
    expect(await refusal(dir)).toMatchObject({ code: 'E_SPEC_NOT_FOUND', exitCode: 2 });
    expect(await refusal(join(dir, 'other.yaml'))).toMatchObject({ code: 'E_SPEC_NOT_FOUND' });
  });
});

function bomb(): string {
  const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  return `${lines.join('\n')}\n`;
}

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'teal-spec-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
