import { expect, test } from 'vitest';
import { boundedText, shorten } from '../../src/system/bounded-text.ts';
import { lineCutter } from '../../src/system/lines.ts';
import { redactor, secretsIn } from '../../src/system/redact.ts';
import { runShell } from '../../src/system/shell.ts';
import { OWN_USER } from '../checks/support.ts';

const options = { cwd: '/', env: {}, user: OWN_USER, timeout: 30_000 };

test('the result has the exit code, both streams together and the standard output alone', async () => {
  const pieces: string[] = [];
  const result = await runShell({
    ...options,
    command: 'echo one; echo two >&2; exit 4',
    onOutput: (text) => void pieces.push(text),
  });
  expect(result).toMatchObject({ end: 'exited', code: 4, signal: null, stdout: 'one\n' });
  expect(result.output.split('\n').sort()).toEqual(['', 'one', 'two']);
  expect(pieces.join('')).toBe(result.output);
});

test('lines of the two streams do not mix, and a last line needs no end', async () => {
  const result = await runShell({ ...options, command: 'printf on; echo err >&2; printf e' });
  expect(result.output.split('\n').sort()).toEqual(['err', 'one']);
});

test.runIf(process.platform === 'linux')(
  'a process that left the group and holds the pipes open does not hold the result',
  async () => {
    const result = await runShell({ ...options, command: 'setsid sleep 5 & echo done' });
    expect(result).toMatchObject({ end: 'exited', code: 0, stdout: 'done\n' });
    expect(result.took).toBeLessThan(4_500);
  },
);

test('does not start what was aborted before', async () => {
  const result = await runShell({ ...options, command: 'exit 3', signal: AbortSignal.abort() });
  expect(result).toMatchObject({ end: 'aborted', code: null, output: '' });
});

test('a command that cannot start is an error that says where', async () => {
  await expect(runShell({ ...options, cwd: '/nonexistent', command: 'true' })).rejects.toMatchObject({
    code: 'E_COMMAND_START',
    why: expect.stringContaining('/nonexistent'),
  });
  await expect(runShell({ ...options, user: 'no such user; id', command: 'true' })).rejects.toMatchObject({
    code: 'E_USER_UNKNOWN',
  });
});

test('bounded text keeps head and tail and says how much is missing', () => {
  const text = boundedText(10);
  for (const digit of '0123456789') text.append(digit.repeat(10));
  expect(text.toString()).toBe('00000\n[... 90 characters left out ...]\n99999');
  expect(shorten('short', 10)).toBe('short');
  expect(shorten('a'.repeat(11), 10)).toBe('aaaaa\n[... 1 characters left out ...]\naaaaa');
});

test('lines come whole however the text is cut', () => {
  const lines: string[] = [];
  const cutter = lineCutter((line) => void lines.push(line));
  for (const piece of ['a', 'b\nc', '\n\nd']) cutter.push(piece);
  expect(lines).toEqual(['ab\n', 'c\n', '\n']);
  cutter.flush();
  cutter.flush();
  expect(lines.at(-1)).toBe('d');
  expect(lines).toHaveLength(4);
});

test('only what came by reference is a secret, and each of its lines is hidden', () => {
  const env = { A: { value: 'plain-text' }, B: { from: 'env:B' }, C: { from: 'file:/c' } } as const;
  const secrets = secretsIn(env, { A: 'plain-text', B: 'first-line\nsecond-line', C: 'no' });
  expect(secrets).toEqual(['first-line\nsecond-line', 'no']);
  const redact = redactor([...secrets, 'first-line-longer']);
  expect(redact('plain-text second-line no first-line-longer')).toBe('plain-text [hidden] no [hidden]');
});
