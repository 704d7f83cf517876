import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVER = join(dirname(fileURLToPath(import.meta.url)), 'service', 'server.mjs');

/** What a version of the fixture service does; see `service/server.mjs`. */
export interface Behaviour {
  readonly version: string;
  readonly failRate?: number;
  readonly failAfter?: number;
  readonly delay?: number;
  readonly neverReady?: boolean;
  readonly crashAfter?: number;
  readonly asset?: string;
}

/** A project folder of the fixture service. */
export interface FixtureService {
  readonly folder: string;
  readonly file: string;
  /** Changes the "code", as a developer would before the next deploy. */
  become(behaviour: Behaviour): Promise<void>;
  /** Replaces teal.yaml: the lines after `service`, `run`, `listen`; and how soon it must be ready. */
  configure(yaml: string, readyWithin?: string): Promise<void>;
}

/**
 * Writes a project into `folder` (created): the server, its behaviour and a teal.yaml with `service: shop`, `run`,
 * `ready`, the loopback listener on `port`, the user that tests run as, and then `yaml`.
 */
export async function fixtureService(
  folder: string,
  port: number,
  behaviour: Behaviour,
  yaml: string,
): Promise<FixtureService> {
  await mkdir(folder, { recursive: true });
  await copyFile(SERVER, join(folder, 'server.mjs'));
  const file = join(folder, 'teal.yaml');
  const fixture: FixtureService = {
    folder,
    file,
    become: (next) => writeFile(join(folder, 'behaviour.json'), JSON.stringify(next)),
    configure: (lines, readyWithin = '30s') =>
      writeFile(
        file,
        [
          'service: shop',
          `run: exec ${process.execPath} server.mjs`,
          `ready: { http: GET /healthz, every: 200ms, within: ${readyWithin} }`,
          `listen: { port: ${port}, address: 127.0.0.1 }`,
          ...(process.getuid?.() === 0 ? ['user: root'] : []),
          lines,
          '',
        ].join('\n'),
      ),
  };
  await fixture.become(behaviour);
  await fixture.configure(yaml);
  return fixture;
}
