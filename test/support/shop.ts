import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiClient } from '../../src/api/client.ts';
import type { ServiceStatus } from '../../src/api/schema.ts';
import { type Behaviour, type FixtureService, fixtureService } from './fixture-service.ts';
import { freePort } from './free-port.ts';
import { makeHome, type TemporaryHome } from './make-home.ts';
import { type RunningTeal, spawnTeal, type TealResult, teal } from './spawn-teal.ts';
import { waitFor } from './wait-for.ts';

/** The fixture service under a whole Teal of its own: supervisor, daemon, router, command line. */
export interface Shop {
  readonly home: TemporaryHome;
  readonly service: FixtureService;
  /** Where its users reach it. */
  readonly url: string;
  /** Runs `teal ARGS` in the project's folder to its end. */
  teal(...args: string[]): Promise<TealResult>;
  /** Starts `teal ARGS` in the project's folder. */
  start(...args: string[]): RunningTeal;
  /** Changes the service and deploys it, with `--yes`. */
  deploy(behaviour: Behaviour, ...args: string[]): Promise<TealResult>;
  /**
   * Whatever went before: Teal is up, v1 as `yaml` has it is stable and alone, nothing is under way. For tests of a file that share a shop,
   * since starting and stopping all of it takes longer than most of them.
   */
  settle(yaml: string): Promise<void>;
  /** What `teal status shop --json` says, asked of the API itself. */
  status(): Promise<ServiceStatus>;
  /** Waits until the status satisfies `condition`. */
  until(what: string, condition: (status: ServiceStatus) => boolean, within?: number): Promise<ServiceStatus>;
  daemonPid(): Promise<number>;
  /** Stops everything and removes the home. */
  remove(): Promise<void>;
}

/** Times short enough for a test; every test names the ones it is about itself. */
export const QUICK = ['dwell: 300ms', 'bake: 300ms', 'keep: 1h', 'drain: 5s'].join('\n');

/** A Teal that is up, with a project that was not deployed yet. The caller removes it. `before`: done before `teal up`. */
export const openShop = async (
  yaml: string,
  behaviour?: Behaviour,
  before?: (home: TemporaryHome) => void,
): Promise<Shop> => openShopIn(await makeHome(), yaml, behaviour, before);

/** The same over this home, which is removed with it. */
export async function openShopIn(
  home: TemporaryHome,
  yaml: string,
  behaviour: Behaviour = { version: 'v1' },
  before: (home: TemporaryHome) => void = () => undefined,
): Promise<Shop> {
  const port = await freePort();
  const service = await fixtureService(join(home.root, 'project'), port, behaviour, yaml);
  const options = { home, cwd: service.folder };
  const run = (...args: string[]) => teal(args, options);
  const status = () => apiClient(home).get<ServiceStatus>('/api/v1/services/shop');
  const shop: Shop = {
    home,
    service,
    url: `http://127.0.0.1:${port}`,
    teal: run,
    start: (...args) => spawnTeal(args, options),
    async deploy(next, ...args) {
      await service.become(next);
      return run('deploy', '--yes', ...args);
    },
    async settle(lines) {
      await service.configure(lines);
      const done = [await run('up'), await shop.deploy({ version: 'v1' }, '--replace', '--wait', 'bake')];
      for (const { code, stdout, stderr } of done)
        if (code !== 0) throw new Error(`the shop does not settle: ${code}\n${stdout}${stderr}`);
    },
    status,
    until: (what, condition, within) =>
      waitFor(
        async () => {
          const now = await status();
          return condition(now) ? now : null;
        },
        { what, ...(within === undefined ? {} : { within }) },
      ),
    async daemonPid() {
      return (JSON.parse(await readFile(home.daemonLock, 'utf8')) as { pid: number }).pid;
    },
    async remove() {
      await run('down', '--all');
      await home.remove();
    },
  };
  before(home);
  const up = await run('up');
  if (up.code !== 0) {
    await home.remove();
    throw new Error(`teal up: ${up.code}\n${up.stdout}${up.stderr}`);
  }
  return shop;
}
