import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TEAL_BIN, teal } from '../support/spawn-teal.ts';
import { temporaryHome } from '../support/temporary-home.ts';

test('--help and --version need neither a home nor a daemon', async () => {
  const home = await temporaryHome();
  expect(await teal(['--help'], { home })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('teal COMMAND'),
  });
  expect((await teal(['help', 'deploy'], { home })).stdout).toContain('--wait UNTIL');
  expect((await teal(['--version'], { home })).stdout).toMatch(/^teal \d+\.\d+\.\d+ /);
});

test('what is compiled is kept in a folder of the user, or not at all', async () => {
  const home = await temporaryHome();
  const run = (cache: string) => {
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    return spawnSync(process.execPath, [TEAL_BIN, '--version'], {
      env: { ...env, XDG_CACHE_HOME: cache },
      encoding: 'utf8',
    });
  };
  expect(run(home.root)).toMatchObject({ status: 0, stderr: '' });
  const [version] = await readdir(join(home.root, 'teal', 'compiled'));
  expect(await readdir(join(home.root, 'teal', 'compiled', version!))).not.toEqual([]);
  const file = join(home.root, 'file');
  await writeFile(file, '');
  expect(run(file)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^teal /), stderr: '' });
});

test('wrong usage ends with 2, on standard error, without a stack', async () => {
  const home = await temporaryHome();
  const result = await teal(['stauts'], { home });
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('teal status');
  expect(result.stderr).toContain('E_USAGE');
  expect(result.stderr).not.toMatch(/^ +at /m);
});

test('without a daemon every reading command ends with 6, as JSON where that was asked for', async () => {
  const home = await temporaryHome();
  for (const args of [
    ['status'],
    ['history', 'shop'],
    ['show', 'shop-1'],
    ['preview', 'shop'],
    ['logs', 'shop'],
  ]) {
    expect((await teal(args, { home })).code, args.join(' ')).toBe(6);
    const { code, stdout, stderr } = await teal([...args, '--json'], { home });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ code: 'E_DAEMON_UNREACHABLE', exitCode: 6 });
  }
});

test('a wrong file ends with 2, with place and caret', async () => {
  const home = await temporaryHome();
  await writeFile(join(home.root, 'teal.yaml'), 'service: shop\nrunn: x\n');
  const result = await teal(['explain'], { home });
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/teal\.yaml:2:1: .*\n +2 \| runn: x\n +\| \^/);
});

test('explain shows every step with its time, and the same as JSON', async () => {
  const home = await temporaryHome();
  const lines = [
    'service: shop',
    'run: node server.js',
    'listen: 8080',
    'strategy: { canary: { pace: fixed } }',
    'dwell: 1m',
    '',
  ];
  await writeFile(join(home.root, 'teal.yaml'), lines.join('\n'));
  const { code, stdout } = await teal(['explain'], { home });
  expect(code).toBe(0);
  expect(stdout).toContain('judge at 5 % for 1 min');
  expect(stdout).toMatch(
    /A bad release has at most 1 % of clients\s+before\s+it\s+has\s+been\s+watched\s+for\s+1\s+min\./,
  );
  const json = JSON.parse((await teal(['explain', '--json'], { home })).stdout);
  // 1 %, 5 %, 25 % and 50 %, a minute each.
  expect(json).toMatchObject({ service: 'shop', out: { least: 240_000 }, promoted: { least: 840_000 } });
});

describe('judge', () => {
  const block = (bad: number) =>
    JSON.stringify({ t: '2026-01-01T00:00:01Z', stable: { n: 900, bad: 1 }, candidate: { n: 100, bad } });

  test('answers line by line', async () => {
    const home = await temporaryHome();
    const { code, stdout } = await teal(['judge'], { home, input: `${block(0)}\n${block(50)}\n` });
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).verdict),
    ).toEqual(['undecided', 'harm']);
  });

  test('ends at a malformed line with its number, or goes on where it was asked to', async () => {
    const home = await temporaryHome();
    const input = `${block(0)}\nnonsense\n${block(50)}\n`;
    const stopped = await teal(['judge'], { home, input });
    expect(stopped.code).toBe(2);
    expect(stopped.stderr).toContain('line 2');
    expect(stopped.stdout.trim().split('\n')).toHaveLength(1);
    const went = await teal(['judge', '--keep-going'], { home, input });
    expect(went.code).toBe(2);
    expect(went.stdout.trim().split('\n')).toHaveLength(2);
    expect(went.stderr).toContain('E_JUDGE_LINE: line 2');
    const wrong = await teal(['judge', '--alpha-harm', '1.5'], { home, input });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--alpha-harm must be above 0 and below 1: 1.5');
  });
});

test('doctor finds a port that is taken, and ends with 1', async () => {
  const home = await temporaryHome();
  const script =
    'const s=require("net").createServer().listen(0,"127.0.0.1",()=>console.log(s.address().port))';
  const holder = spawn(process.execPath, ['-e', script], {
    cwd: home.root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(holder.stdout, 'data')) as [Buffer];
  const listen = `listen: { port: ${String(port).trim()}, address: 127.0.0.1 }`;
  const user = process.getuid?.() === 0 ? 'user: root\n' : '';
  await writeFile(join(home.root, 'teal.yaml'), `service: shop\nrun: x\n${listen}\n${user}`);
  const { code, stdout } = await teal(['doctor', '--json'], { home });
  expect(code).toBe(1);
  const broken = JSON.parse(stdout).findings.filter(({ state }: { state: string }) => state === 'broken');
  expect(broken).toEqual([
    expect.objectContaining({ what: 'Port of shop', detail: expect.stringContaining('EADDRINUSE') }),
  ]);
});

test('a reader that closes early is no error', () => {
  const { status, stderr } = spawnSync(
    'bash',
    ['-o', 'pipefail', '-c', `"$0" "$1" --help | head -1`, process.execPath, TEAL_BIN],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('help and status load no validator, no server and no logger', () => {
  const hook = `
    const { registerHooks } = require('node:module');
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    process.on('exit', () => process.stderr.write('\\nLOADED ' + JSON.stringify(loaded)));`;
  for (const args of [['--help'], ['status']]) {
    const { stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,import{createRequire}from'node:module';const require=createRequire('/');${encodeURIComponent(hook)}`,
        TEAL_BIN,
        ...args,
      ],
      { encoding: 'utf8', env: { ...process.env, TEAL_HOME: '/nonexistent' } },
    );
    const loaded = JSON.parse(stderr.slice(stderr.indexOf('LOADED ') + 7)) as string[];
    expect(loaded.some((url) => url.includes('/cli/main.'))).toBe(true);
    expect(loaded.filter((url) => /node_modules|api\/schema|processes\//.test(url))).toEqual([]);
  }
});

/** A Node.js of this machine that is too old to run Teal, but not to fetch a newer one. */
const OLDER = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  .map((folder) => join(folder, 'node'))
  .filter((node) => existsSync(node))
  .find((node) => /^v2[0-3]\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout));

describe.skipIf(OLDER === undefined)('under an older Node.js', () => {
  const older = OLDER ?? '';
  const env = { ...process.env, TEAL_NODE: process.execPath };

  test('it goes on with Node 24, and says so under --debug', () => {
    const { status, stdout, stderr } = spawnSync(older, [TEAL_BIN, '--version', '--debug'], {
      encoding: 'utf8',
      env,
    });
    expect(status).toBe(0);
    expect(stdout).toContain(`Node.js ${process.version}`);
    expect(stderr).toContain(`going on with ${process.execPath}`);
  });

  test('the exit code is passed on, and nothing is said without --debug', () => {
    const { status, stderr } = spawnSync(older, [TEAL_BIN, 'stauts'], { encoding: 'utf8', env });
    expect(status).toBe(2);
    expect(stderr.startsWith('Error: There is no command')).toBe(true);
  });

  test('a TEAL_NODE that is none is told', () => {
    const wrong = { ...env, TEAL_NODE: older };
    const { status, stderr } = spawnSync(older, [TEAL_BIN, '--version'], { encoding: 'utf8', env: wrong });
    expect(status).toBe(1);
    expect(stderr).toContain('E_NODE_TOO_OLD');
    expect(stderr).toContain('TEAL_NODE');
  });

  test('without npm and without a cache it says what to do', async () => {
    const home = await temporaryHome();
    const bare = { ...process.env, TEAL_NODE: '', XDG_CACHE_HOME: home.root, PATH: '/nonexistent' };
    const { status, stderr } = spawnSync(older, [TEAL_BIN, '--version'], { encoding: 'utf8', env: bare });
    expect(status).toBe(1);
    expect(stderr).toContain('Install npm');
  });

  test('SIGTERM reaches the real process, and its end is passed on', async () => {
    const home = await temporaryHome();
    const child = spawn(older, [TEAL_BIN, 'judge'], {
      env: { ...env, TEAL_HOME: home.root },
      cwd: home.root,
    });
    const answer = once(child.stdout, 'data');
    child.stdin.write(
      '{"t":"2026-01-01T00:00:01Z","stable":{"n":90,"bad":1},"candidate":{"n":10,"bad":2}}\n',
    );
    await answer;
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });
});
