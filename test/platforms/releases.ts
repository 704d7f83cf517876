import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Release } from '../../src/core/model.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import type { Behaviour } from '../support/fixture-service.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const NODE = `exec ${process.execPath}`;

/** The user that tests may run instances as. */
export const TEST_USER = process.getuid?.() === 0 ? 'root' : null;

/** Makes release folders that hold real programs, and releases of them. */
export interface ReleaseMaker {
  /** The fixture service, behaving so. */
  service(id: string, behaviour?: Partial<Behaviour>, spec?: Partial<ServiceSpec>): Promise<Release>;
}

/** `root`: an existing folder. */
export function releaseMaker(root: string): ReleaseMaker {
  return {
    async service(id, behaviour = {}, spec = {}) {
      const path = join(root, id);
      await mkdir(path, { recursive: true });
      await copyFile(join(HERE, '..', 'support', 'service', 'server.mjs'), join(path, 'server.mjs'));
      await copyFile(join(HERE, 'programs', 'stubborn.mjs'), join(path, 'stubborn.mjs'));
      await writeFile(join(path, 'behaviour.json'), JSON.stringify({ version: id, ...behaviour }));
      const full = { ...testSpec(root), ...spec };
      return { id, service: full.service, digest: id, createdAt: 0, path, message: null, spec: full };
    },
  };
}

/** A spec with every default, short times, and the fixture service. */
export function testSpec(source: string): ServiceSpec {
  return {
    service: 'shop',
    run: `${NODE} server.mjs`,
    source,
    build: null,
    env: {},
    instances: 1,
    ready: { kind: 'http', method: 'GET', path: '/healthz', every: 100, timeout: 1_000, within: 20_000 },
    stop: { signal: 'SIGTERM', within: 5_000 },
    listen: { port: 8080, address: '127.0.0.1', host: null, path: '/' },
    platform: 'process',
    router: 'embedded',
    strategy: { kind: 'blue-green', approve: null, identify: { kind: 'auto' }, always: null },
    judge: { errors: { tolerate: 1.25, floor: 0.001 }, alphaHarm: 0.01, alphaSafe: 0.05, budget: 10 },
    checks: [],
    hooks: {},
    dwell: 0,
    bake: 0,
    onAlarm: 'rollback',
    keep: 0,
    user: TEST_USER,
    metrics: [],
    freeze: [],
    keepReleases: 5,
    hold: 0,
    drain: 0,
    fallback: 60_000,
    skew: null,
  };
}
