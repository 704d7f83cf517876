import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createJobRunner } from '../../src/checks/runner.ts';
import type { JobResult, Release } from '../../src/core/model.ts';
import type { JobTarget } from '../../src/core/ports.ts';
import type { CheckSpec, HttpRequestSpec, LoadCheckSpec } from '../../src/core/service/check-spec.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { createLogger } from '../../src/system/log.ts';

/** A real server on a free port of 127.0.0.1 until the test ends; its URL. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A folder that is gone when the test ends. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'teal-checks-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** What the tests run commands as: root has to be asked for by name. */
export const OWN_USER = process.getuid?.() === 0 ? 'root' : null;

export function release(path: string, spec: Partial<ServiceSpec>): Release {
  const whole: ServiceSpec = {
    service: 'shop',
    run: 'node server.js',
    source: path,
    build: null,
    env: {},
    instances: 1,
    ready: { kind: 'tcp', every: 1_000, timeout: 2_000, within: 60_000 },
    stop: { signal: 'SIGTERM', within: 30_000 },
    listen: null,
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
    user: OWN_USER,
    metrics: [],
    freeze: [],
    keepReleases: 5,
    hold: 1_000,
    drain: 30_000,
    fallback: 60_000,
    skew: null,
    ...spec,
  };
  const id = '20260102-030405-abcdef0';
  return {
    id,
    service: 'shop',
    digest: 'abcdef0',
    createdAt: 0,
    path,
    message: null,
    spec: whole,
  };
}

export function httpRequest(over: Partial<HttpRequestSpec>): HttpRequestSpec {
  return {
    method: 'GET',
    path: '/',
    headers: {},
    body: null,
    timeout: 5_000,
    expect: { status: [200], headers: {}, body: [] },
    capture: {},
    ...over,
  };
}

export function load(over: Partial<LoadCheckSpec>): LoadCheckSpec {
  return {
    kind: 'load',
    method: 'GET',
    path: '/',
    headers: {},
    body: null,
    rate: 100,
    for: 1_000,
    warmUp: 0,
    timeout: 5_000,
    p50: null,
    p95: null,
    p99: null,
    errors: null,
    thanStable: null,
    ...over,
  };
}

type CheckBody = CheckSpec extends infer C ? (C extends CheckSpec ? Omit<C, keyof BaseOf> : never) : never;
type BaseOf = Pick<CheckSpec, 'name' | 'when' | 'after' | 'within' | 'retries'>;

interface Circumstances {
  readonly url?: string | null;
  readonly stableUrl?: string | null;
  readonly within?: number;
  readonly retries?: number;
  /** ms from now. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  readonly path?: string;
  readonly outputFolder?: string;
  readonly spec?: Partial<ServiceSpec>;
}

/** Runs one check the way the daemon does. */
export async function runCheck(check: CheckBody, how: Circumstances = {}): Promise<JobResult> {
  const path = how.path ?? (await folder());
  const named = {
    name: 'it',
    when: ['verify'],
    after: [],
    within: how.within ?? 30_000,
    retries: how.retries ?? 0,
  };
  return runJob('check', 'it', {
    ...how,
    path,
    spec: { ...how.spec, checks: [{ ...named, ...check } as CheckSpec] },
  });
}

export async function runJob(kind: 'check' | 'hook', name: string, how: Circumstances): Promise<JobResult> {
  const path = how.path ?? (await folder());
  const target: JobTarget = {
    job: {
      id: `shop-1/2/${name}`,
      kind,
      name,
      release: '20260102-030405-abcdef0',
      environment: 'green',
      attempt: 1,
      deadline: Date.now() + (how.deadline ?? 60_000),
    },
    release: release(path, how.spec ?? {}),
    url: how.url ?? null,
    stableUrl: how.stableUrl ?? null,
  };
  const runner = createJobRunner({
    log: createLogger('test', 'silent'),
    outputFolder: how.outputFolder ?? join(path, 'output'),
  });
  return runner.run(target, how.signal ?? new AbortController().signal);
}

/** Polls until `done`; rejects after ten seconds. */
export async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error('it did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
