import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Release } from '../../src/core/model.ts';
import type { Platform } from '../../src/core/ports.ts';
import type { ObservedInstance } from '../../src/core/world.ts';
import { processPlatform } from '../../src/platforms/process/driver.ts';
import { supervisorClient } from '../../src/platforms/process/supervisor/client.ts';
import { ensureSupervisor, ownProgram } from '../../src/platforms/process/supervisor/ensure.ts';
import { releaseStore } from '../../src/releases/store.ts';
import { createLogger } from '../../src/system/log.ts';
import { processStarted } from '../../src/system/process/process-identity.ts';
import { processesOf } from '../support/processes.ts';
import { type TemporaryHome, temporaryHome } from '../support/temporary-home.ts';
import { waitFor } from '../support/wait-for.ts';
import { allReady, ask, urlOf } from './contract.ts';
import { SUPERVISOR_ARGV } from './process-subject.ts';
import { type ReleaseMaker, releaseMaker } from './releases.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const SLEEP = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];

let home: TemporaryHome;
let releases: ReleaseMaker;
let platform: Platform;

beforeEach(async () => {
  home = await temporaryHome();
  await mkdir(home.releases);
  releases = releaseMaker(home.releases);
  platform = openPlatform();
});

/** A driver over the home, as each life of the daemon has one. */
function openPlatform(): Platform {
  const log = createLogger('test', 'fatal');
  const opened = processPlatform({ home, log, supervisorArgv: SUPERVISOR_ARGV });
  onTestFinished(() => opened.close());
  return opened;
}

async function ensureRouter(): Promise<void> {
  const client = supervisorClient(home);
  await client.ensure(ownProgram(home, 'router', SLEEP)).finally(client.close);
}

const observe = () => platform.observe('shop', 'blue');

const apply = (release: Release, instances = 1) =>
  platform.apply({ service: 'shop', colour: 'blue', release, instances });

async function until(what: string, condition: (one: ObservedInstance) => boolean): Promise<ObservedInstance> {
  return waitFor(
    async () => {
      const [one] = (await observe()).instances;
      if (one && condition(one)) return one;
      throw new Error(JSON.stringify(one));
    },
    { what },
  );
}

async function readyInstance(release: Release): Promise<ObservedInstance> {
  await apply(release);
  return until('ready', ({ state }) => state === 'ready');
}

async function list() {
  const client = supervisorClient(home);
  try {
    return await client.list();
  } finally {
    client.close();
  }
}

async function endSupervisor(all: boolean): Promise<void> {
  const { pid } = await list();
  const client = supervisorClient(home);
  await client.end(all);
  client.close();
  await waitFor(async () => (await processStarted(pid)) === null, { what: 'the end of the supervisor' });
}

/** kill -9, and wait until that is done. Returns its pid. */
async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function kill(pid: number): Promise<number> {
  process.kill(pid, 'SIGKILL');
  await waitFor(async () => (await processStarted(pid)) === null, { what: `the end of ${pid}` });
  return pid;
}

const identityOf = async (pid: number) => ({ pid, started: (await processStarted(pid))! });

const killSupervisor = async () => kill((await list()).pid);

describe('when the supervisor is killed', () => {
  test('instances serve on, the next one adopts them, and stops them later', async () => {
    const before = await readyInstance(await releases.service('r1'));
    const dead = await killSupervisor();
    expect((await ask(before)).release).toBe('r1');
    const snapshot = await waitFor(list, { what: 'the next supervisor' });
    expect(snapshot.pid).not.toBe(dead);
    const after = await until('ready', ({ state }) => state === 'ready');
    expect(after).toMatchObject({
      pid: before.pid,
      startedAt: before.startedAt,
      restarts: 0,
      lastExit: null,
    });
    await platform.remove('shop', 'blue');
    expect(await processStarted(before.pid!)).toBeNull();
  });

  test('an adopted instance that dies is started again; how it ended is not known', async () => {
    const before = await readyInstance(await releases.service('r1'));
    await killSupervisor();
    await waitFor(list);
    await kill(before.pid!);
    const after = await until('again', ({ state, pid }) => state === 'ready' && pid !== before.pid);
    expect(after).toMatchObject({ restarts: 1, lastExit: { code: null, signal: null } });
  });

  test.runIf(process.platform === 'linux')(
    'what died meanwhile is started again, without what it left',
    async () => {
      const release = await releases.service('r1', {}, { run: `${process.execPath} stubborn.mjs & wait` });
      const before = await readyInstance(release);
      const left = (await (await fetch(urlOf(before))).json()) as number[];
      await platform.close();
      await killSupervisor();
      await kill(before.pid!);
      platform = openPlatform();
      await until('again', ({ state, pid }) => state === 'ready' && pid !== before.pid);
      expect(await Promise.all(left.map(processStarted))).toEqual([null, null]);
    },
  );

  test('a pid that another process got is left alone', async () => {
    const before = await readyInstance(await releases.service('r1'));
    await platform.close();
    await killSupervisor();
    await kill(before.pid!);
    const stranger = spawn(SLEEP[0]!, SLEEP.slice(1), { detached: true });
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const path = join(home.supervisor, 'state.json');
    const state = await readFile(path, 'utf8');
    await writeFile(path, state.replaceAll(`"pid":${before.pid}`, `"pid":${stranger.pid}`));
    platform = openPlatform();
    const after = await until('a new process', ({ state }) => state === 'ready');
    expect(after.pid).not.toBe(stranger.pid);
    await platform.remove('shop', 'blue');
    expect(stranger.exitCode).toBeNull();
    expect(await processStarted(stranger.pid!)).not.toBeNull();
  });
});

describe('when the daemon is killed', () => {
  test('the next one finds everything, ready at the first look', async () => {
    const release = await releases.service('r1');
    const order = JSON.stringify({ service: 'shop', colour: 'blue', release, instances: 2 });
    const daemon = spawn(process.execPath, [join(HERE, 'driver-main.ts'), order], {
      env: { ...process.env, TEAL_HOME: home.root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(daemon.stdout!, 'data');
    await waitFor(async () => allReady(2)(await observe()), { what: 'both ready' });
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
    await platform.close();
    platform = openPlatform();
    const found = await observe();
    expect(found).toMatchObject({ release: 'r1', problem: null });
    expect(allReady(2)(found)).toBe(true);
  });
});

describe('one supervisor', () => {
  test('a second one is refused with the pid of the first', async () => {
    await ensureSupervisor(home, SUPERVISOR_ARGV);
    const { pid } = await list();
    const second = spawn(SUPERVISOR_ARGV[0]!, SUPERVISOR_ARGV.slice(1), {
      env: { ...process.env, TEAL_HOME: home.root },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    second.stderr!.on('data', (text) => {
      said += text;
    });
    const [code] = await once(second, 'close');
    expect(code).not.toBe(0);
    expect(said).toContain('E_SUPERVISOR_RUNNING');
    expect(said).toContain(`Its pid is ${pid}.`);
  });

  test('several that ask for one at the same time get the same', async () => {
    await Promise.all([1, 2, 3].map(() => ensureSupervisor(home, SUPERVISOR_ARGV)));
    await waitFor(async () => (await processesOf(home.root)).length === 1, {
      what: 'the others to give way',
    });
    expect(await processesOf(home.root)).toEqual([(await list()).pid]);
  });

  test('one that cannot start says why', async () => {
    // A home of its own: the driver over the other one starts a supervisor there as soon as it sees that there is none.
    const lonely = await temporaryHome();
    const argv = [process.execPath, '-e', 'console.error("no such luck"); process.exit(1)'];
    await expect(ensureSupervisor(lonely, argv)).rejects.toMatchObject({
      code: 'E_SUPERVISOR_START',
      why: expect.stringContaining('no such luck'),
    });
  });

  test('a damaged state stops it before it does anything', async () => {
    await readyInstance(await releases.service('r1'));
    await platform.close();
    await killSupervisor();
    await writeFile(join(home.supervisor, 'state.json'), '{"version":1,"entr');
    await expect(ensureSupervisor(home, SUPERVISOR_ARGV)).rejects.toMatchObject({
      why: expect.stringContaining('E_SUPERVISOR_STATE'),
    });
    expect(await readFile(join(home.supervisor, 'state.json'), 'utf8')).toBe('{"version":1,"entr');
  });
});

describe('the end', () => {
  test('leaves instances and router running for the next one, and stops the daemon', async () => {
    const instance = await readyInstance(await releases.service('r1'));
    await ensureRouter();
    const client = supervisorClient(home);
    onTestFinished(() => client.close());
    await client.ensure(ownProgram(home, 'daemon', SLEEP));
    const pidOf = async (id: string) =>
      waitFor(async () => (await list()).programs.find(({ program }) => program.id === id)?.pid);
    const [router, daemon] = [await pidOf('router'), await pidOf('daemon')];
    await platform.close();
    await endSupervisor(false);
    expect((await ask(instance)).release).toBe('r1');
    expect(await processStarted(router)).not.toBeNull();
    expect(await processStarted(daemon)).toBeNull();
    await ensureSupervisor(home, SUPERVISOR_ARGV);
    expect(await pidOf('router')).toBe(router);
    await endSupervisor(true);
    expect(await processesOf(home.root)).toEqual([]);
  });

  test('the router comes back at once when it dies', async () => {
    await ensureSupervisor(home, SUPERVISOR_ARGV);
    await ensureRouter();
    await ensureRouter();
    const router = async () => (await list()).programs.find(({ state }) => state === 'running');
    const first = await waitFor(router);
    await kill(first.pid!);
    const second = await waitFor(async () => {
      const found = await router();
      return found && found.pid !== first.pid ? found : null;
    });
    expect(second).toMatchObject({ restarts: 1, lastExit: { signal: 'SIGKILL' } });
  });

  test('a program that goes on as another process is looked after as that one, and the one before is left alone', async () => {
    await platform.close(); // it would start supervisors, too
    await ensureSupervisor(home, SUPERVISOR_ARGV);
    await ensureRouter();
    const pidNow = async () => (await list()).programs.find(({ state }) => state === 'running')?.pid;
    const first = await identityOf(await waitFor(pidNow));
    const other = spawn(SLEEP[0]!, SLEEP.slice(1), { cwd: home.root, detached: true, stdio: 'ignore' });
    const second = await identityOf(other.pid!);
    const program = ownProgram(home, 'router', [...SLEEP, 'newer']);
    const client = supervisorClient(home);
    onTestFinished(() => client.close());
    expect(await client.adopt({ ...program, id: 'nobody' }, second, first)).toBe(false);
    expect(await client.adopt(program, second, first)).toBe(true);
    expect((await list()).programs).toMatchObject([{ pid: second.pid, program, restarts: 0 }]);
    // Who has not heard the answer asks again.
    expect(await client.adopt(program, second, first)).toBe(true);
    expect((await list()).programs).toMatchObject([{ pid: second.pid, state: 'running' }]);
    expect(await processStarted(first.pid)).toBe(first.started);
    await kill(first.pid);
    expect((await list()).programs).toMatchObject([{ pid: second.pid, restarts: 0 }]);

    await killSupervisor();
    await ensureSupervisor(home, SUPERVISOR_ARGV);
    expect((await list()).programs).toMatchObject([{ pid: second.pid, restarts: 0 }]);
    await kill(second.pid);
    const third = await waitFor(async () => {
      const pid = await pidNow();
      return pid === second.pid ? null : pid;
    });
    // One that was started since is none that the other one could go on beside.
    const late = spawn(SLEEP[0]!, SLEEP.slice(1), { cwd: home.root, detached: true, stdio: 'ignore' });
    expect(await client.adopt(program, await identityOf(late.pid!), second)).toBe(true);
    expect(await processStarted(third)).toBeNull();
    expect((await list()).programs).toMatchObject([{ pid: late.pid }]);
    await endSupervisor(true);
    expect(await processesOf(home.root)).toEqual([]);
  });
});

describe('what an instance gets', () => {
  test('its secrets, which no file holds, and nothing else of the daemon', async () => {
    process.env.SHOP_KEY = 'a-very-secret-value';
    onTestFinished(() => {
      delete process.env.SHOP_KEY;
    });
    const env = { KEY: { from: 'env:SHOP_KEY' }, MODE: { value: 'test' } } as const;
    const run = `env | sort; ${process.execPath} server.mjs`;
    const instance = await readyInstance(await releases.service('r1', {}, { env, run }));
    const log = await readFile(join(home.logs, 'shop', 'blue-1.log'), 'utf8');
    expect(log).toContain('KEY=a-very-secret-value\n');
    expect(log).toContain(`PORT=${instance.endpoint?.port}\n`);
    expect(log).toContain('TEAL_INSTANCE=shop-blue-1\n');
    expect(log).not.toContain('SHOP_KEY');
    const state = join(home.supervisor, 'state.json');
    expect(await readFile(state, 'utf8')).not.toContain('a-very-secret-value');
    expect((await stat(state)).mode & 0o777).toBe(0o600);
  });

  test('another port where somebody took its own', async () => {
    const release = await releases.service('r1');
    const before = await readyInstance(release);
    await platform.close();
    await killSupervisor();
    await kill(before.pid!);
    const { port } = before.endpoint!;
    const thief = await waitFor(() => listening(port), { what: `port ${port} to be let go` });
    onTestFinished(() => void thief.close());
    platform = openPlatform();
    const after = await until('ready', ({ state }) => state === 'ready');
    expect(after.endpoint?.port).not.toBe(port);
    expect((await ask(after)).release).toBe('r1');
  });

  test.runIf(process.getuid?.() === 0)('the user that it asked for, who can read its release', async () => {
    const { path, spec } = await releases.service('source', {}, { user: 'nobody' });
    const store = releaseStore({ root: home.releases, log: createLogger('test', 'fatal') });
    // A Node.js in the home of root is out of that user's reach.
    const node = join(home.root, 'node');
    await link(process.execPath, node).catch(() => copyFile(process.execPath, node));
    const run = `id -un; touch written; exec ${node} server.mjs`;
    const release = await store.make({ ...spec, run, source: path }, { now: Date.now() });
    const instance = await readyInstance(release);
    expect((await ask(instance)).version).toBe('source');
    expect(await readFile(join(home.logs, 'shop', 'blue-1.log'), 'utf8')).toMatch(/^nobody\n/);
  });

  test.runIf(process.getuid?.() === 0)('no root that nobody asked for', async () => {
    await apply(await releases.service('r1', {}, { user: null }));
    expect((await observe()).problem).toContain('user: root');
    expect((await observe()).instances).toEqual([]);
  });
});
