import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRunning, processStarted } from '../../src/system/process/process-identity.ts';
import { folder, runCheck, runJob, until } from './support.ts';

const run = (command: string) => ({ kind: 'run' as const, command });

test('gets the URL and where it is, in the folder of the release, and nothing of the daemon', async () => {
  process.env.TEAL_TEST_OF_THE_DAEMON = 'private';
  const path = await folder();
  const result = await runCheck(run('env; pwd -P'), {
    path,
    url: 'http://127.0.0.1:1',
    spec: { env: { A: { value: 'b' } } },
  });
  delete process.env.TEAL_TEST_OF_THE_DAEMON;
  expect(result.outcome).toBe('passed');
  for (const line of [
    'TEAL_URL=http://127.0.0.1:1',
    'TEAL_SERVICE=shop',
    'TEAL_RELEASE=20260102-030405-abcdef0',
    'TEAL_ENVIRONMENT=green',
    'A=b',
    path,
  ]) {
    expect(result.evidence.split('\n')).toContain(line);
  }
  expect(result.evidence).not.toContain('private');
});

test('an exit code or a signal fails it, with both streams as evidence', async () => {
  const result = await runCheck(run('echo one; echo two >&2; exit 3'));
  expect(result.outcome).toBe('failed');
  expect(result.summary).toMatch(/^`echo one; echo two >&2; exit 3` ended with exit code 3 after /);
  expect(result.evidence).toMatch(/^\$ echo one/);
  expect(result.evidence.split('\n').sort()).toEqual(expect.arrayContaining(['one', 'two']));
  expect((await runCheck(run('kill -9 $$'))).summary).toContain('was ended by SIGKILL');
});

test('at the limit it is stopped with its children, even one that ignores SIGTERM', async () => {
  const path = await folder();
  const stubborn = `sh -c 'trap "" TERM; echo $$ > grandchild; while :; do sleep 1; done' & echo waiting; wait`;
  const running = runCheck(run(stubborn), { path, within: 1_000 });
  const pid = await pidIn(join(path, 'grandchild'));
  const started = await processStarted(pid);
  expect(started).not.toBeNull();
  const result = await running;
  expect(result.summary).toContain('took longer than its 1 s and was stopped with its children');
  expect(result.evidence).toContain('waiting');
  expect(await isRunning({ pid, started: started! })).toBe(false);
});

test('is stopped with its children when nobody wants the result any more', async () => {
  const path = await folder();
  const stop = new AbortController();
  const running = runCheck(run('sleep 600 & echo $! > child; wait'), { path, signal: stop.signal });
  const pid = await pidIn(join(path, 'child'));
  const started = await processStarted(pid);
  stop.abort();
  expect(await running).toMatchObject({ outcome: 'failed', summary: expect.stringContaining('was stopped') });
  expect(await isRunning({ pid, started: started! })).toBe(false);
});

test('what it leaves in the background ends with it', async () => {
  const path = await folder();
  const result = await runCheck(run('sleep 600 & echo $! > child'), { path });
  expect(result.outcome).toBe('passed');
  expect(await processStarted(await pidIn(join(path, 'child')))).toBeNull();
});

test('the deadline of the job counts as well as its own limit', async () => {
  const result = await runCheck(run('sleep 600'), { deadline: 200, within: 60_000, retries: 5 });
  expect(result.summary).toContain('was stopped with its children');
  expect(result.endedAt - result.startedAt).toBeLessThan(30_000);
  const late = await runCheck(run('true'), { deadline: -1 });
  expect(late).toMatchObject({
    outcome: 'failed',
    summary: 'There was no time left for it before its deadline',
  });
});

test('long output keeps head and tail as evidence, and all of it in a file', async () => {
  const path = await folder();
  const result = await runCheck(run('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done'), {
    path,
  });
  expect(Buffer.byteLength(result.evidence)).toBeLessThanOrEqual(64 * 1024);
  expect(result.evidence).toContain('line 0\n');
  expect(result.evidence).toContain('line 19999');
  expect(result.evidence).toMatch(/characters left out/);
  const kept = await readFile(join(path, 'output', 'shop-1_2_it.1.log'), 'utf8');
  expect(kept.split('\n')).toHaveLength(20_001);
});

test('secrets that it prints are hidden', async () => {
  const path = await folder();
  await writeFile(join(path, 'key'), 'hunter2-hunter2');
  const result = await runCheck(
    run('echo "key is $KEY"; printf %.7s "$KEY"; sleep 0.1; echo "$KEY" | cut -c8-'),
    {
      path,
      spec: { env: { KEY: { from: `file:${join(path, 'key')}` } } },
    },
  );
  expect(result.outcome).toBe('passed');
  expect(result.evidence).toContain('key is [hidden]');
  expect(result.evidence).not.toContain('hunter2');
  expect(await readFile(join(path, 'output', 'shop-1_2_it.1.log'), 'utf8')).not.toContain('hunter2');
});

test.runIf(process.getuid?.() === 0)(
  'runs as the user of the service, and as root only when asked to',
  async () => {
    const asNobody = await runCheck(run('id -un; id -G'), {
      path: '/tmp',
      outputFolder: await folder(),
      spec: { user: 'nobody' },
    });
    expect(asNobody.evidence).toMatch(/^nobody$/m);
    const asRoot = await runCheck(run('true'), { spec: { user: null } });
    expect(asRoot).toMatchObject({
      outcome: 'failed',
      summary: 'Refusing to run the commands of a service as root',
    });
    expect(asRoot.evidence).toContain('E_ROOT');
    const asNone = await runCheck(run('true'), { spec: { user: 'teal-no-such-user' } });
    expect(asNone.summary).toBe('There is no user "teal-no-such-user" on this machine');
  },
);

test('a hook runs the same way and is told its name', async () => {
  const hook = { run: 'echo "hook $TEAL_HOOK of $TEAL_RELEASE"', within: 10_000, pointOfNoReturn: false };
  const result = await runJob('hook', 'before-prepare', { spec: { hooks: { 'before-prepare': hook } } });
  expect(result.outcome).toBe('passed');
  expect(result.evidence).toContain('hook before-prepare of 20260102-030405-abcdef0');
});

test('a job that the release does not know fails, and so does one whose folder is gone', async () => {
  expect((await runJob('hook', 'after-shift', {})).summary).toBe('The release has no hook "after-shift"');
  const gone = await runCheck(run('true'), { path: '/nonexistent/release', outputFolder: await folder() });
  expect(gone).toMatchObject({ outcome: 'failed', summary: 'Cannot start a command' });
});

async function pidIn(file: string): Promise<number> {
  const read = () => readFile(file, 'utf8').catch(() => '');
  await until(async () => (await read()).endsWith('\n'));
  return Number(await read());
}
