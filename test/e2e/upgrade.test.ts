/** `teal up` after an update of Teal's files: router and daemon are the new ones, and users notice nothing. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { supervisorClient } from '../../src/platforms/process/supervisor/client.ts';
import { routerStatus } from '../../src/processes/router-status.ts';
import { packageVersion } from '../../src/system/package-version.ts';
import { processStarted } from '../../src/system/process/process-identity.ts';
import { type BusyShop, openBusyShop } from '../support/busy-shop.ts';
import { type OtherVersion, otherVersion } from '../support/other-version.ts';
import { processesOf } from '../support/processes.ts';
import { QUICK } from '../support/shop.ts';
import { teal } from '../support/spawn-teal.ts';
import { lost } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const NEWER = '99.0.0';

let busy: BusyShop;
let newer: OtherVersion;
beforeAll(async () => {
  newer = await otherVersion();
});
afterAll(() => newer.remove());
beforeEach(async () => {
  busy = await openBusyShop(`strategy: blue-green\n${QUICK}`);
  await newer.become(NEWER);
});
afterEach(() => busy.close());

const up = () => teal(['up'], { home: busy.shop.home, bin: newer.bin });

const router = () => waitFor(() => routerStatus(busy.shop.home), { what: 'a router' });

async function supervised(): Promise<number | null> {
  const client = supervisorClient(busy.shop.home);
  try {
    const { programs } = await client.list();
    return programs.find(({ program }) => program.id === 'router')!.pid;
  } finally {
    client.close();
  }
}

/** How often a daemon has said that the router is away. */
async function timesAway(): Promise<number> {
  const log = await readFile(join(busy.shop.home.logs, 'daemon.log'), 'utf8');
  return log.split('The router cannot be reached').length - 1;
}

const seenMore = async (count: number) => {
  const { seen } = busy.traffic;
  const before = seen.length;
  await waitFor(async () => seen.length > before + count, { what: 'traffic' });
};

test('router and daemon are upgraded under load; the supervisor restarts and stops the new router as any other', async () => {
  const { shop, traffic } = busy;
  const before = await router();
  const away = await timesAway();
  expect(before.version).toBe(packageVersion());
  const result = await up();
  expect(result).toMatchObject({ code: 0 });
  expect(result.stdout).toContain(`upgraded from ${packageVersion()} to ${NEWER} while it served`);
  const after = await router();
  expect(after.version).toBe(NEWER);
  expect(await supervised()).toBe(after.pid);
  await seenMore(100);
  // The daemon never saw it away, and goes on with it.
  expect((await shop.deploy({ version: 'v2' }, '--wait', 'bake')).code).toBe(0);
  expect(lost(await traffic.stop())).toEqual([]);
  expect(await timesAway()).toBe(away);
  expect((await shop.teal('status')).stderr).toContain(`The router is of version ${NEWER}`);
  await waitFor(async () => (await processStarted(before.pid)) === null, {
    what: 'the end of the old router',
  });
  expect((await up()).stdout).toContain('already runs');
  expect((await router()).pid).toBe(after.pid);

  process.kill(after.pid, 'SIGKILL');
  const next = await waitFor(
    async () => {
      const now = await routerStatus(shop.home);
      return now !== null && now.pid !== after.pid ? now : null;
    },
    { what: 'the next router' },
  );
  expect(next.version).toBe(NEWER);
  expect(await supervised()).toBe(next.pid);
  expect((await shop.teal('down', '--all', '--yes')).code).toBe(0);
  await waitFor(async () => (await processesOf(shop.home.root)).length === 0, {
    what: 'the end of everything',
  });
});

test('a new router that cannot start is not taken: the old one goes on, and it is said why', async () => {
  const { traffic } = busy;
  await appendFile(join(newer.folder, 'src', 'processes', 'router.ts'), '\n}} no program\n');
  const before = await router();
  const result = await up();
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('E_ROUTER_UPGRADE');
  expect(result.stderr).toContain('it ended with 1');
  expect(await router()).toMatchObject({ pid: before.pid, version: packageVersion() });
  expect(await supervised()).toBe(before.pid);
  await seenMore(100);
  expect(lost(await traffic.stop())).toEqual([]);
});

test('a router from before there were upgrades goes on, and it is said how to start another', async () => {
  const { shop, traffic } = busy;
  const control = join(newer.folder, 'src', 'processes', 'router-control.ts');
  const text = await readFile(control, 'utf8');
  await writeFile(control, text.replace('    version,\n', ''));
  expect((await up()).code).toBe(0);
  const before = await router();
  expect(before.version).toBeUndefined();

  const result = await shop.teal('up');
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(
    /knew of no upgrade yet[\s\S]*teal down --all, then teal up[\s\S]*E_ROUTER_UPGRADE/,
  );
  expect(await router()).toEqual(before);
  // The daemon is the new one.
  expect((await shop.teal('status')).stderr).toContain('teal down --all, then teal up');
  expect((await shop.teal('doctor')).stdout).toContain('of a Teal that knew of no upgrade yet');
  await seenMore(100);
  expect(lost(await traffic.stop())).toEqual([]);

  expect((await shop.teal('down', '--all', '--yes')).code).toBe(0);
  expect((await shop.teal('up')).code).toBe(0);
  expect((await router()).version).toBe(packageVersion());
  await waitFor(async () => (await fetch(shop.url)).ok, { what: 'an answer' });
});

test('a Teal of the same version in another folder takes over, and is there when that is said', async () => {
  const { shop, traffic } = busy;
  await newer.setVersion(packageVersion());
  const before = await shop.daemonPid();
  const result = await up();
  expect(result.stdout).toContain('Teal, started in another way, is up again');
  expect(await shop.daemonPid()).not.toBe(before);
  expect((await shop.teal('status')).code).toBe(0);
  expect((await up()).stdout).toContain('already runs');
  expect(lost(await traffic.stop())).toEqual([]);
});

test('workers of another version are refused; where one is needed, the router upgrades itself', async () => {
  const { shop, traffic } = busy;
  expect((await up()).code).toBe(0);
  const before = await router();
  await newer.setVersion('X');
  process.kill(before.pid, 'SIGHUP');
  const log = () => readFile(join(shop.home.logs, 'router.log'), 'utf8');
  await waitFor(async () => (await log()).includes('the workers were not replaced'), { what: 'a refusal' });
  expect(await log()).toContain('E_ROUTER_OUTDATED');
  await seenMore(100);
  expect(await router()).toEqual(before);
  expect(lost(traffic.seen)).toEqual([]);
  process.kill(before.workers[0]!, 'SIGKILL');
  await waitFor(async () => (await routerStatus(shop.home))?.version === 'X', {
    what: 'a router of the new version',
  });
  // Whoever was cut off has noticed by then.
  await seenMore(100);
  const failed = lost(traffic.seen).length;
  await seenMore(100);
  expect(lost(await traffic.stop()).length).toBe(failed);
});

test('whoever is killed in the middle, there is one router soon, and the supervisor knows it', async () => {
  const { shop } = busy;
  const started = async () => {
    const log = await readFile(join(shop.home.logs, 'router.log'), 'utf8');
    return [...log.matchAll(/"process":(\d+),"msg":"another router starts beside/g)].map(([, pid]) =>
      Number(pid),
    );
  };
  for (const victim of ['old', 'new', 'supervisor'] as const) {
    const before = await router();
    const count = (await started()).length;
    const upgrading = before.version === NEWER ? shop.teal('up') : up();
    const heir = await waitFor(async () => (await started())[count], { what: 'a new router' });
    const supervisor = Number(await readFile(join(shop.home.supervisor, 'pid'), 'utf8'));
    process.kill({ old: before.pid, new: heir, supervisor }[victim], 'SIGKILL');
    await upgrading;
    await waitFor(
      async () => {
        const now = await routerStatus(shop.home);
        return now !== null && (await supervised()) === now.pid;
      },
      { what: `one router that the supervisor knows, after ${victim} was killed`, within: 30_000 },
    );
    await waitFor(async () => (await fetch(shop.url)).ok, { what: 'an answer' });
  }
  expect((await shop.teal('down', '--all', '--yes')).code).toBe(0);
  await waitFor(async () => (await processesOf(shop.home.root)).length === 0, {
    what: 'the end of everything',
  });
});
